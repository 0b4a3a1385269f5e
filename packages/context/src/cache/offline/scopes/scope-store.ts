import type { EmbeddingModel } from '@org/models';
import {
  type OfflineCacheDamagedError,
  OfflineCacheUnavailableError,
} from '../../../errors/offline-cache-errors.ts';
import { NetworkedCache, type NetworkedCacheOptions } from '../../../graph/networked-cache.ts';
import { cacheFromRows } from '../rows/graph-rows.ts';
import { graphKey, infoKey, isVectorKey } from '../rows/scope-keys.ts';
import { noTotals, type TextTotals, withReplaced } from '../rows/text-totals.ts';
import { joinVectors, noVectors, type ScopeVectors } from '../rows/vector-rows.ts';
import { DamagedRowError } from '../storage/damage.ts';
import { keyWords } from '../storage/row-keys.ts';
import type { Change, RowStore } from '../storage/row-store.ts';
import { RowTurns } from '../storage/row-turns.ts';
import { changesBetween, deletion } from './changed-rows.ts';
import type { ScopeInfo } from './scope-info.ts';
import { scopeRows } from './scope-rows.ts';
import { emptyStore, readStoreInfo, type StoreInfo, storeInfoRow } from './store-info.ts';

/** What takes a scope's place. */
export interface ScopeContent {
  readonly scope: string;
  readonly cache: NetworkedCache;
  readonly vectors: ScopeVectors;
}

/** Scopes of which what is known stays in memory, their vectors with it. */
const keptInfos = 64;

/** The scopes that are stored in a folder. Opening it reads one row, however many there are. */
export class ScopeStore {
  readonly #turns: RowTurns;
  /** What was read or written last, the one unused for longest first. */
  readonly #infos = new Map<string, ScopeInfo>();
  /** Vectors that were read or made; they go with the info that they belong to. */
  readonly #vectors = new WeakMap<ScopeInfo, ScopeVectors>();
  #known = emptyStore;

  constructor(options: {
    readonly path: string;
    readonly openRows: (path: string) => Promise<RowStore>;
    readonly onDamage: (error: OfflineCacheDamagedError) => void;
  }) {
    this.#turns = new RowTurns({
      ...options,
      onDamage: (error) => {
        this.#forget();
        options.onDamage(error);
      },
    });
  }

  /** Opens the folder. @throws OfflineCacheUnavailableError */
  async open(): Promise<void> {
    await this.#turns.open();
    try {
      this.#known = await this.read(emptyStore, readStoreInfo);
    } catch (cause) {
      await this.close();
      throw new OfflineCacheUnavailableError({ path: this.#turns.path, cause });
    }
  }

  get sequence(): number {
    return this.#known.sequence;
  }

  /** The texts of all tasks. */
  get tasks(): TextTotals {
    return this.#known.tasks;
  }

  get damages(): readonly OfflineCacheDamagedError[] {
    return this.#turns.damages;
  }

  /** What is known of a scope. To be called in a turn. */
  async info(rows: RowStore, scope: string): Promise<ScopeInfo | undefined> {
    const known = this.#infos.get(scope);
    if (known !== undefined) return this.#keep(scope, known);
    const stored = await rows.get(infoKey(scope));
    return stored === undefined ? undefined : this.#keep(scope, parseInfo(stored));
  }

  /** What is known of one scope, or of every scope: of thousands that takes seconds. To be called in a turn. */
  async infos(
    rows: RowStore,
    scope: string | undefined,
  ): Promise<readonly (readonly [string, ScopeInfo])[]> {
    if (scope === undefined)
      return (await rows.under('scope/')).map(({ key, value }) => [scopeIn(key), parseInfo(value)]);
    const info = await this.info(rows, scope);
    return info === undefined ? [] : [[scope, info]];
  }

  /** The names of all scopes. To be called in a turn. */
  async scopes(rows: RowStore): Promise<readonly string[]> {
    return (await rows.under('scope/')).map(({ key }) => scopeIn(key));
  }

  /** Reads in its turn; `otherwise` when what is there turned out to be damaged. */
  read<Result>(otherwise: Result, read: (rows: RowStore) => Promise<Result>): Promise<Result> {
    return this.#turns.read(otherwise, read);
  }

  /** Changes rows that belong to no scope. @throws OfflineCacheSaveError */
  write(changes: readonly Change[]): Promise<void> {
    return this.#turns.turn((rows) => this.#turns.write(rows, changes));
  }

  /**
   * Replaces what is stored of some scopes and, if given, the position in the log: all in one batch.
   *
   * @param options.onlyIf Asked when the turn has come; nothing is changed when it no longer holds
   * @throws OfflineCacheSaveError when nothing was changed
   */
  replace(
    contents: readonly ScopeContent[],
    options: {
      readonly sequence?: number | undefined;
      readonly signal?: AbortSignal | undefined;
      readonly onlyIf?: ((rows: RowStore) => Promise<boolean>) | undefined;
    },
  ): Promise<void> {
    return this.#turns.change(async (rows) => {
      options.signal?.throwIfAborted();
      if ((await options.onlyIf?.(rows)) === false) return;
      const stored = contents.map(({ scope, cache, vectors }) => ({
        scope,
        vectors,
        ...scopeRows(scope, cache, vectors),
      }));
      const changes: Change[] = [];
      let { tasks } = this.#known;
      for (const one of stored) {
        const former = await this.info(rows, one.scope);
        changes.push(...changesBetween(former, one));
        tasks = withReplaced(tasks, { former: former?.tasks, by: one.info.tasks });
      }
      await this.#write(rows, changes, { sequence: options.sequence ?? this.sequence, tasks });
      for (const { scope, info, vectors } of stored) {
        this.#keep(scope, info);
        this.#vectors.set(info, vectors);
      }
    });
  }

  /** A scope's graph; an empty one when there is none. */
  load(scope: string, options: NetworkedCacheOptions): Promise<NetworkedCache> {
    return this.read(new NetworkedCache(options), async (rows) => {
      const info = await this.info(rows, scope);
      if (info === undefined) return new NetworkedCache(options);
      const keys = Array.from({ length: info.buckets }, (_, bucket) => graphKey(scope, bucket));
      const stored = present(await rows.getMany(keys), keys);
      return cacheFromRows(stored, { ...options, sequence: info.sequence });
    });
  }

  /** A scope's vectors; none when another model made them. To be called in a turn. */
  async vectors(rows: RowStore, scope: string, model: EmbeddingModel): Promise<ScopeVectors> {
    const info = await this.info(rows, scope);
    const made = info?.embedding ?? null;
    if (info === undefined || made === null || made.model !== model.id) return noVectors;
    if (model.dimension !== null && model.dimension !== made.dimension) return noVectors;
    const known = this.#vectors.get(info);
    if (known !== undefined) return known;
    const keys = Object.keys(info.sums).filter(isVectorKey);
    const vectors = joinVectors(present(await rows.getMany(keys), keys), made);
    this.#vectors.set(info, vectors);
    return vectors;
  }

  delete(scope: string): Promise<void> {
    return this.#turns.change(async (rows) => {
      const info = await this.info(rows, scope);
      if (info === undefined) return;
      await this.#write(rows, [infoKey(scope), ...Object.keys(info.sums)].map(deletion), {
        sequence: this.sequence,
        tasks: withReplaced(this.tasks, { former: info.tasks, by: noTotals }),
      });
      this.#infos.delete(scope);
    });
  }

  clear(): Promise<void> {
    return this.#turns.change(async (rows) => {
      const all = await rows.under('');
      await this.#turns.write(
        rows,
        all.map(({ key }) => deletion(key)),
      );
      this.#forget();
    });
  }

  close(): Promise<void> {
    return this.#turns.close();
  }

  /** Writes rows and what is known of the whole, in one batch. */
  async #write(rows: RowStore, changes: readonly Change[], info: StoreInfo): Promise<void> {
    await this.#turns.write(rows, [...changes, storeInfoRow(info)]);
    this.#known = info;
  }

  #keep(scope: string, info: ScopeInfo): ScopeInfo {
    this.#infos.delete(scope);
    this.#infos.set(scope, info);
    for (const unused of this.#infos.keys()) {
      if (this.#infos.size <= keptInfos) break;
      this.#infos.delete(unused);
    }
    return info;
  }

  #forget(): void {
    this.#infos.clear();
    this.#known = emptyStore;
  }
}

function parseInfo(stored: string): ScopeInfo {
  // Written by `replace`; the row's checksum has been checked.
  return JSON.parse(stored) as ScopeInfo;
}

function scopeIn(infoRow: string): string {
  return keyWords(infoRow)[1] ?? '';
}

/** Rows that have to be there. */
function present(values: readonly (string | undefined)[], keys: readonly string[]): string[] {
  return values.map((value, i) => {
    if (value === undefined) throw new DamagedRowError(keys[i] ?? '');
    return value;
  });
}
