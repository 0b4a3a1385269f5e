import type { EmbeddingModel } from '@org/models';
import { NetworkedCache, type NetworkedCacheOptions } from '../../graph/networked-cache.ts';
import { changesBetween, deletion } from './changed-rows.ts';
import { cacheFromRows } from './graph-rows.ts';
import type { OfflineCacheDamagedError } from './offline-errors.ts';
import { keyWords, rowKey } from './row-keys.ts';
import { type Change, DamagedRowError, type RowStore } from './row-store.ts';
import { RowTurns } from './row-turns.ts';
import type { ScopeInfo } from './scope-info.ts';
import { graphKey, infoKey, isItemKey, isVectorKey } from './scope-keys.ts';
import { scopeRows } from './scope-rows.ts';
import { joinVectors, noVectors, type ScopeVectors } from './vector-rows.ts';

/** What takes a scope's place. */
export interface ScopeContent {
  readonly scope: string;
  readonly cache: NetworkedCache;
  readonly vectors: ScopeVectors;
}

/** What is known of the whole store. */
interface Meta {
  readonly format: number;
  /** The last sequence of the log that is folded in. */
  readonly sequence: number;
}

const metaKey = rowKey('meta');
/** How rows are written. Another one's are dropped when it is opened: the log has what they said. */
const format = 2;

/** The scopes that are stored in a folder: what is known of each stays in memory, their rows do not. */
export class ScopeStore {
  readonly #turns: RowTurns;
  readonly #infos = new Map<string, ScopeInfo>();
  /** Vectors that were read or made; they go with the info that they belong to. */
  readonly #vectors = new WeakMap<ScopeInfo, ScopeVectors>();
  #sequence = 0;

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

  /** Opens the folder and reads what is known of each scope. @throws OfflineCacheUnavailableError */
  async open(): Promise<void> {
    await this.#turns.open();
    await this.read(undefined, async (rows) => {
      const stored = await rows.get(metaKey);
      // Written by `replace`, as the infos are; the rows' checksums have been checked.
      const meta = stored === undefined ? null : (JSON.parse(stored) as Meta);
      if (meta !== null && meta.format !== format) {
        const derived = (await rows.under('')).filter(({ key }) => !isItemKey(key));
        const changes = derived.map(({ key }) => deletion(key));
        await this.#turns.write(rows, changes);
        return;
      }
      this.#sequence = meta?.sequence ?? 0;
      for (const { key, value } of await rows.under('scope/'))
        this.#infos.set(keyWords(key)[1] ?? '', JSON.parse(value) as ScopeInfo);
    });
  }

  get sequence(): number {
    return this.#sequence;
  }

  get damages(): readonly OfflineCacheDamagedError[] {
    return this.#turns.damages;
  }

  get infos(): ReadonlyMap<string, ScopeInfo> {
    return this.#infos;
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
      readonly onlyIf?: (() => boolean) | undefined;
    },
  ): Promise<void> {
    return this.#turns.turn(async (rows) => {
      options.signal?.throwIfAborted();
      if (options.onlyIf?.() === false) return;
      const stored = contents.map(({ scope, cache, vectors }) => ({
        scope,
        vectors,
        ...scopeRows(scope, cache, vectors),
      }));
      const meta: Meta = { format, sequence: options.sequence ?? this.#sequence };
      const changes = stored.flatMap((one) => changesBetween(this.#infos.get(one.scope), one));
      await this.#turns.write(rows, [...changes, { key: metaKey, value: JSON.stringify(meta) }]);
      this.#sequence = meta.sequence;
      for (const { scope, info, vectors } of stored) {
        this.#infos.set(scope, info);
        this.#vectors.set(info, vectors);
      }
    });
  }

  /** A scope's graph; an empty one when there is none. */
  load(scope: string, options: NetworkedCacheOptions): Promise<NetworkedCache> {
    return this.read(new NetworkedCache(options), async (rows) => {
      const info = this.#infos.get(scope);
      if (info === undefined) return new NetworkedCache(options);
      const keys = Array.from({ length: info.buckets }, (_, bucket) => graphKey(scope, bucket));
      const stored = present(await rows.getMany(keys), keys);
      return cacheFromRows(stored, { ...options, sequence: info.sequence });
    });
  }

  /** A scope's vectors; none when another model made them. To be called in a turn. */
  async vectors(rows: RowStore, scope: string, model: EmbeddingModel): Promise<ScopeVectors> {
    const info = this.#infos.get(scope);
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
    return this.#turns.turn(async (rows) => {
      const info = this.#infos.get(scope);
      if (info === undefined) return;
      await this.#turns.write(rows, [infoKey(scope), ...Object.keys(info.sums)].map(deletion));
      this.#infos.delete(scope);
    });
  }

  clear(): Promise<void> {
    return this.#turns.turn(async (rows) => {
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

  #forget(): void {
    this.#infos.clear();
    this.#sequence = 0;
  }
}

/** Rows that have to be there. */
function present(values: readonly (string | undefined)[], keys: readonly string[]): string[] {
  return values.map((value, i) => {
    if (value === undefined) throw new DamagedRowError(keys[i] ?? '');
    return value;
  });
}
