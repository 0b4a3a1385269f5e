// Invariants (tests quote the numbers):
// 1. A scope's graph, words and vectors change in one batch, or not at all.
// 2. The sequence up to which the log is folded in is in the same batch as what it brought.
// 3. What cannot be read is put aside, reported, and replaced by nothing; it is never guessed.
// 4. Reads and changes take turns, so that no read sees half of a change. Models are asked between turns.
import type { Event, EventStore, JsonValue } from '@org/events';
import type { EmbeddingModel, TokenCounter } from '@org/models';
import type { PastWork, PastWorkItem, PastWorkQuery } from '../../builder/past-work.ts';
import type { CacheNode } from '../../graph/cache-node.ts';
import { NetworkedCache } from '../../graph/networked-cache.ts';
import type { OnlineEntry } from '../online-cache.ts';
import { embedNodes } from './embed-nodes.ts';
import { cacheFromRows, nodeFromRow, parseGraphRow } from './graph-rows.ts';
import { followLog } from './log-follower.ts';
import { OfflineCacheClosedError, type OfflineCacheDamagedError } from './offline-errors.ts';
import { recallPastWork } from './recall-past-work.ts';
import { reciprocalRank } from './reciprocal-rank.ts';
import { bucketOf, keyWords, rowKey } from './row-keys.ts';
import { type Change, DamagedRowError, openLevelRows, type RowStore } from './row-store.ts';
import { RowTurns } from './row-turns.ts';
import {
  graphKey,
  infoKey,
  joinVectors,
  type ScopeInfo,
  scopeRows,
  textsKey,
  wordKey,
} from './scope-rows.ts';
import type { SearchAnswer, SearchHit, SearchOptions } from './semantic-search.ts';
import { noVectors, type ScopeVectors, similarities } from './vector-rows.ts';
import { searchWords, type TextTable, type WordSource } from './word-rows.ts';

export interface OfflineCacheOptions {
  /** A folder of its own; made when it is not there. One process at a time can have it open. */
  readonly path: string;
  /** Finds by meaning as well as by words. @default words only */
  readonly embeddings?: EmbeddingModel | undefined;
  /** Cosine from which on two texts are near in meaning. @default 0.5 */
  readonly minSimilarity?: number | undefined;
  /** Counts what loaded caches render. @default an estimate on the safe side for any model */
  readonly counter?: TokenCounter | undefined;
  /** Told when something stored could not be read and was put aside. */
  readonly onDamage?: ((error: OfflineCacheDamagedError) => void) | undefined;
}

/** What is known of the whole store. */
interface Meta {
  readonly format: 1;
  readonly sequence: number;
  readonly embedding: { readonly model: string; readonly dimension: number } | null;
}

const metaKey = rowKey('meta');
const nothing: Meta = { format: 1, sequence: 0, embedding: null };
/** Candidates that each ranking brings to their fusion. */
const fused = 100;

/**
 * Memory that outlives the process: the graphs of tasks (scopes), their words and vectors, in LevelDB.
 *
 * All of it is derived from the log: what is lost or damaged here is folded again by `catchUp`.
 */
export class OfflineCache implements PastWork {
  readonly path: string;
  readonly #options: OfflineCacheOptions;
  readonly #turns: RowTurns;
  readonly #scopes = new Map<string, ScopeInfo>();
  readonly #vectors = new Map<string, ScopeVectors>();
  #meta: Meta = nothing;

  private constructor(options: OfflineCacheOptions, openRows: (path: string) => Promise<RowStore>) {
    this.path = options.path;
    this.#options = options;
    this.#turns = new RowTurns({
      path: options.path,
      openRows,
      onDamage: (error) => {
        this.#forget();
        options.onDamage?.(error);
      },
    });
  }

  /**
   * Opens the cache in a folder; an empty one when there is none. A damaged one is put aside and reported.
   *
   * @param openRows How rows are stored; for tests. @default LevelDB
   * @throws OfflineCacheUnavailableError when the folder is open elsewhere or cannot be used
   */
  static async open(
    options: OfflineCacheOptions,
    openRows: (path: string) => Promise<RowStore> = openLevelRows,
  ): Promise<OfflineCache> {
    const cache = new OfflineCache(options, openRows);
    await cache.#turns.open();
    await cache.#turns.read(undefined, (rows) => cache.#readHeads(rows));
    return cache;
  }

  /** The last sequence of the log that is folded in and stored; 0: none. */
  get sequence(): number {
    return this.#meta.sequence;
  }

  /** What could not be read since it was opened, oldest first. */
  get damages(): readonly OfflineCacheDamagedError[] {
    return this.#turns.damages;
  }

  /** The tasks whose memory is kept, sorted. */
  scopes(): readonly string[] {
    return [...this.#scopes.keys()].sort();
  }

  /**
   * Stores a task's graph with its words and vectors, in place of the former one: in one batch. An
   * embedding model that fails does not keep it from being stored; its vectors are made later.
   *
   * @throws OfflineCacheSaveError when nothing was changed
   */
  save(
    cache: NetworkedCache,
    options: { readonly scope: string; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    return this.saveAll([{ scope: options.scope, cache }], { signal: options.signal });
  }

  /** Stores several graphs and, if given, how far the log is folded in: all in one batch. */
  saveAll(
    caches: readonly { readonly scope: string; readonly cache: NetworkedCache }[],
    options: {
      readonly sequence?: number | undefined;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<void> {
    return this.#saveAll(caches, options);
  }

  async #saveAll(
    caches: readonly { readonly scope: string; readonly cache: NetworkedCache }[],
    options: { readonly sequence?: number | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    const embedded: { scope: string; cache: NetworkedCache; vectors: ScopeVectors }[] = [];
    for (const { scope, cache } of caches)
      embedded.push({ scope, cache, vectors: await this.#embed(scope, cache, options.signal) });
    await this.#turns.turn(async (rows) => {
      options.signal?.throwIfAborted();
      const stored = embedded.map(({ scope, cache, vectors }) => ({
        scope,
        vectors,
        ...scopeRows(scope, cache, vectors),
      }));
      const made = embedded.flatMap(
        ({ vectors }) => embeddingOf(this.#options.embeddings, vectors) ?? [],
      );
      const meta: Meta = {
        format: 1,
        sequence: options.sequence ?? this.#meta.sequence,
        embedding: made[0] ?? this.#meta.embedding,
      };
      const changes = stored.flatMap((scope) => this.#difference(scope));
      await this.#turns.write(rows, [...changes, { key: metaKey, value: JSON.stringify(meta) }]);
      this.#meta = meta;
      for (const { scope, info, vectors } of stored) {
        this.#scopes.set(scope, info);
        this.#vectors.set(scope, vectors);
      }
    });
  }

  /** A task's graph with every node and edge; an empty one when there is none, or when it was damaged. */
  async load(scope: string): Promise<NetworkedCache> {
    const { counter } = this.#options;
    const options = counter === undefined ? {} : { counter };
    return this.#turns.read(new NetworkedCache(options), async (rows) => {
      const info = this.#scopes.get(scope);
      if (info === undefined) return new NetworkedCache(options);
      const keys = Array.from({ length: info.buckets }, (_, bucket) => graphKey(scope, bucket));
      const stored = present(await rows.getMany(keys), keys);
      return cacheFromRows(stored, { ...options, sequence: info.sequence });
    });
  }

  /** Forgets a task. */
  delete(scope: string): Promise<void> {
    return this.#turns.turn(async (rows) => {
      const info = this.#scopes.get(scope);
      if (info === undefined) return;
      await this.#turns.write(rows, [infoKey(scope), ...Object.keys(info.sums)].map(deletion));
      this.#scopes.delete(scope);
      this.#vectors.delete(scope);
    });
  }

  /** Forgets everything, the position in the log too. */
  clear(): Promise<void> {
    return this.#turns.turn(async (rows) => {
      await this.#turns.write(
        rows,
        (await rows.under('')).map(({ key }) => deletion(key)),
      );
      this.#forget();
    });
  }

  /**
   * Finds nodes by meaning and by words, best first, in one task or in all of them. Without an embedding
   * model, or when it fails, by words alone; the answer says how it was found.
   */
  async searchSemantic(query: string, options: SearchOptions = {}): Promise<SearchAnswer> {
    const { limit = 10, signal } = options;
    const words = await this.#turns.read([], (rows) => this.#searchWords(rows, query, options));
    const { hits: meanings, asked, error } = await this.#searchVectors(query, options);
    signal?.throwIfAborted();
    const fusion = reciprocalRank([words.map(keyOf), meanings.map(keyOf)]);
    const found = fusion.slice(0, limit).map(({ key, score }) => {
      const [scope = '', id = ''] = keyWords(key);
      return { scope, id, score };
    });
    const mode = !asked ? 'keyword' : words.length === 0 ? 'semantic' : 'hybrid';
    const hits = await this.#turns.read([], (rows) => this.#hits(rows, found));
    return { mode, hits, embeddingError: error };
  }

  /** A task's nodes by importance (PageRank), the most important first. */
  async rank(
    scope: string,
    options: { readonly limit?: number } = {},
  ): Promise<readonly SearchHit[]> {
    const cache = await this.load(scope);
    return cache.rank(options).flatMap(({ id, score }) => {
      const node = cache.getNode(id);
      return node === undefined ? [] : [{ scope, node, score }];
    });
  }

  /** Similar tasks, and corrections of the same failure after which the tests passed; other tasks' only. */
  recall(
    query: PastWorkQuery,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly PastWorkItem[]> {
    return recallPastWork(
      {
        searchSemantic: (text, search) => this.searchSemantic(text, search),
        corrections: (signature) => this.#corrections(signature),
        body: async (scope, id) => (await this.load(scope)).body(id),
        solution: async (scope) => [...(await this.load(scope)).nodes()],
      },
      query,
      options,
    );
  }

  /** Keeps what an OnlineCache holds: keys, values, tokens and priorities, in one batch. */
  migrate(entries: Iterable<OnlineEntry<JsonValue>>): Promise<void> {
    return this.#turns.turn((rows) =>
      this.#turns.write(
        rows,
        [...entries].map(({ key, value, tokens, priority }) => ({
          key: rowKey('item', key),
          value: JSON.stringify({ value, tokens, priority }),
        })),
      ),
    );
  }

  /** What `migrate` kept, sorted by key. */
  items(): Promise<readonly OnlineEntry<JsonValue>[]> {
    return this.#turns.read([], async (rows) => {
      const stored = await rows.under('item/');
      return stored.map(({ key, value }) => ({
        key: keyWords(key)[1] ?? '',
        // Written by `migrate`; the row's checksum has been checked.
        ...(JSON.parse(value) as Omit<OnlineEntry<JsonValue>, 'key'>),
      }));
    });
  }

  /** Folds in what the log has beyond `sequence`, and stores it. */
  catchUp(
    log: Pick<EventStore<Event>, 'subscribe' | 'head'>,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    return followLog(this, log, { ...options, stay: false });
  }

  /**
   * Catches up and stays: what comes is folded in and stored when a module or a task ends, or much has come.
   * Resolves when the signal is aborted or the log is closed.
   */
  follow(
    log: Pick<EventStore<Event>, 'subscribe' | 'head'>,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    return followLog(this, log, { ...options, stay: true });
  }

  /** Waits for what is being stored, then closes. Closing twice is fine. */
  close(): Promise<void> {
    return this.#turns.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #readHeads(rows: RowStore): Promise<void> {
    const meta = await rows.get(metaKey);
    // Written by `saveAll`; the row's checksum has been checked.
    if (meta !== undefined) this.#meta = JSON.parse(meta) as Meta;
    for (const { key, value } of await rows.under('scope/'))
      this.#scopes.set(keyWords(key)[1] ?? '', JSON.parse(value) as ScopeInfo);
  }

  #forget(): void {
    this.#scopes.clear();
    this.#vectors.clear();
    this.#meta = nothing;
  }

  /** The rows of a scope that change. */
  #difference({
    scope,
    info,
    rows,
  }: {
    readonly scope: string;
    readonly info: ScopeInfo;
    readonly rows: ReadonlyMap<string, string>;
  }): readonly Change[] {
    const former = this.#scopes.get(scope)?.sums ?? {};
    const changes: Change[] = [{ key: infoKey(scope), value: JSON.stringify(info) }];
    for (const [key, value] of rows)
      if (former[key] !== info.sums[key]) changes.push({ key, value });
    for (const key of Object.keys(former)) if (!rows.has(key)) changes.push(deletion(key));
    return changes;
  }

  async #embed(
    scope: string,
    cache: NetworkedCache,
    signal: AbortSignal | undefined,
  ): Promise<ScopeVectors> {
    const { embeddings } = this.#options;
    if (embeddings === undefined) return noVectors;
    const former = await this.#turns.read(noVectors, (rows) => this.#vectorsOf(rows, scope));
    return (await embedNodes(cache, former, { embeddings, signal })).vectors;
  }

  /** A scope's vectors; none when another model made them. */
  async #vectorsOf(rows: RowStore, scope: string): Promise<ScopeVectors> {
    const known = this.#vectors.get(scope);
    if (known !== undefined) return known;
    const info = this.#scopes.get(scope);
    const keys = Object.keys(info?.sums ?? {}).filter((key) => key.startsWith('vectors/'));
    if (!this.#sameEmbedding() || keys.length === 0) return noVectors;
    const vectors = joinVectors(present(await rows.getMany(keys), keys));
    this.#vectors.set(scope, vectors);
    return vectors;
  }

  #sameEmbedding(): boolean {
    const { embeddings } = this.#options;
    const stored = this.#meta.embedding;
    if (embeddings === undefined || stored === null) return false;
    if (stored.model !== embeddings.id) return false;
    return embeddings.dimension === null || embeddings.dimension === stored.dimension;
  }

  #searchWords(rows: RowStore, query: string, options: SearchOptions): Promise<readonly Found[]> {
    const sources = [...this.#scopes]
      .filter(([scope]) => options.scope === undefined || scope === options.scope)
      .map(
        ([scope, { words }]): WordSource => ({
          scope,
          statistics: words,
          table: () => tableOf(rows, scope),
          row: (bucket) => rows.get(wordKey(scope, bucket)),
        }),
      );
    return searchWords(query, {
      sources,
      limit: Math.max(fused, options.limit ?? 10),
      accept: (type) => options.types?.includes(type) ?? true,
    });
  }

  async #searchVectors(
    query: string,
    options: SearchOptions,
  ): Promise<{
    readonly hits: readonly Found[];
    readonly asked: boolean;
    readonly error: Error | null;
  }> {
    const { embeddings, minSimilarity = 0.5 } = this.#options;
    if (embeddings === undefined || query.trim() === '')
      return { hits: [], asked: false, error: null };
    try {
      await this.#embedMissing(options.signal);
      const [vector] = await embeddings.embed([query], { signal: options.signal });
      if (vector === undefined) return { hits: [], asked: false, error: null };
      const hits = await this.#turns.read([], async (rows) => {
        const near: Found[] = [];
        for (const scope of this.#scopes.keys()) {
          if (options.scope !== undefined && scope !== options.scope) continue;
          near.push(
            ...(await this.#near(rows, scope, { ...options, query: vector, minSimilarity })),
          );
        }
        return near;
      });
      hits.sort((a, b) => b.score - a.score || (keyOf(a) < keyOf(b) ? -1 : 1));
      return {
        hits: hits.slice(0, Math.max(fused, options.limit ?? 10)),
        asked: true,
        error: null,
      };
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (cause instanceof OfflineCacheClosedError) throw cause;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      return { hits: [], asked: false, error };
    }
  }

  async #near(
    rows: RowStore,
    scope: string,
    options: SearchOptions & { readonly query: Float32Array; readonly minSimilarity: number },
  ): Promise<readonly Found[]> {
    const vectors = await this.#vectorsOf(rows, scope);
    const { ids, types } = options.types === undefined ? noTable : await tableOf(rows, scope);
    const typeOf = new Map(ids.map((id, i) => [id, types[i]]));
    const hits: Found[] = [];
    similarities(vectors, options.query).forEach((score, i) => {
      const id = vectors.ids[i] ?? '';
      if (score < options.minSimilarity) return;
      const type = typeOf.get(id);
      if (options.types !== undefined && (type === undefined || !options.types.includes(type)))
        return;
      hits.push({ scope, id, score });
    });
    return hits;
  }

  /** Makes the vectors that are missing: the model failed when they were stored, or was another one. */
  async #embedMissing(signal: AbortSignal | undefined): Promise<void> {
    const { embeddings } = this.#options;
    if (embeddings === undefined) return;
    for (const [scope, info] of this.#scopes) {
      const vectors = await this.#turns.read(noVectors, (rows) => this.#vectorsOf(rows, scope));
      if (vectors.ids.length === info.words.texts) continue;
      const cache = await this.load(scope);
      const made = await embedNodes(cache, vectors, { embeddings, signal });
      if (made.error !== null) throw made.error;
      this.#vectors.set(scope, made.vectors);
      await this.save(cache, { scope, signal });
    }
  }

  async #hits(store: RowStore, found: readonly Found[]): Promise<readonly SearchHit[]> {
    const keys = found.map(({ scope, id }) =>
      graphKey(scope, bucketOf(id, this.#scopes.get(scope)?.buckets ?? 1)),
    );
    const rows = await store.getMany(keys);
    const parsed = new Map<string, ReturnType<typeof parseGraphRow>>();
    return found.flatMap(({ scope, id, score }, i) => {
      const key = keys[i] ?? '';
      const row = parsed.get(key) ?? (rows[i] === undefined ? undefined : parseGraphRow(rows[i]));
      if (row === undefined) return [];
      parsed.set(key, row);
      const node: CacheNode | undefined = nodeFromRow(row, id);
      return node === undefined ? [] : [{ scope, node, score }];
    });
  }

  #corrections(signature: string): Promise<readonly SearchHit[]> {
    return this.#turns.read([], async (rows) => {
      const fixes = await rows.under(`${rowKey('fix', signature)}/`);
      const found = fixes.map(({ key }) => {
        const [, , scope = '', id = ''] = keyWords(key);
        return { scope, id, score: 1 };
      });
      return this.#hits(rows, found);
    });
  }
}

/** A node by its place, and how near it is to what was asked. */
interface Found {
  readonly scope: string;
  readonly id: string;
  readonly score: number;
}

const noTable: TextTable = { ids: [], lengths: [], types: [] };

async function tableOf(rows: RowStore, scope: string): Promise<TextTable> {
  const row = await rows.get(textsKey(scope));
  // Written by `scopeRows`; the row's checksum has been checked.
  return row === undefined ? noTable : (JSON.parse(row) as TextTable);
}

function keyOf({ scope, id }: Found): string {
  return rowKey(scope, id);
}

function deletion(key: string): Change {
  return { key, value: null };
}

function embeddingOf(
  embeddings: EmbeddingModel | undefined,
  { ids, values }: ScopeVectors,
): Meta['embedding'] {
  if (embeddings === undefined || ids.length === 0) return null;
  return { model: embeddings.id, dimension: values.length / ids.length };
}

/** Rows that have to be there. */
function present(values: readonly (string | undefined)[], keys: readonly string[]): string[] {
  return values.map((value, i) => {
    if (value === undefined) throw new DamagedRowError(keys[i] ?? '');
    return value;
  });
}
