// Invariants (tests quote the numbers):
// 1. A scope's graph, words and vectors change in one batch, or not at all.
// 2. The sequence up to which the log is folded in is in the same batch as what it brought.
// 3. What cannot be read is put aside, reported, and replaced by nothing; it is never guessed.
// 4. Reads and changes take turns, so that no read sees half of a change. Models are asked between turns.
import type { Event, EventStore, JsonValue } from '@org/events';
import type { EmbeddingModel, TokenCounter } from '@org/models';
import type { PastWork, PastWorkItem, PastWorkQuery } from '../../builder/past-work.ts';
import type { OfflineCacheDamagedError } from '../../errors/offline-cache-errors.ts';
import type { NetworkedCache } from '../../graph/networked-cache.ts';
import type { OnlineEntry } from '../online-entry.ts';
import { followLog } from './log-follower.ts';
import { readFixes } from './rows/fix-rows.ts';
import { itemRows, readItems } from './rows/item-rows.ts';
import { ScopeStore } from './scopes/scope-store.ts';
import { withVectors } from './scopes/scope-vectors.ts';
import { readFound } from './search/found-nodes.ts';
import { recallPastWork } from './search/recall-past-work.ts';
import type { SearchAnswer, SearchHit, SearchOptions } from './search/search-answer.ts';
import { semanticSearch } from './search/semantic-search.ts';
import { openLevelRows, type RowStore } from './storage/row-store.ts';

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

/**
 * Memory that outlives the process: the graphs of tasks (scopes), their words and vectors, in LevelDB.
 *
 * All of it is derived from the log: what is lost or damaged here is folded again by `catchUp`.
 */
export class OfflineCache implements PastWork {
  readonly path: string;
  readonly #options: OfflineCacheOptions;
  readonly #store: ScopeStore;

  private constructor(options: OfflineCacheOptions, store: ScopeStore) {
    this.path = options.path;
    this.#options = options;
    this.#store = store;
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
    const { path, onDamage = () => undefined } = options;
    const store = new ScopeStore({ path, openRows, onDamage });
    await store.open();
    return new OfflineCache(options, store);
  }

  /** The last sequence of the log that is folded in and stored; 0: none. */
  get sequence(): number {
    return this.#store.sequence;
  }

  /** What could not be read since it was opened, oldest first. */
  get damages(): readonly OfflineCacheDamagedError[] {
    return this.#store.damages;
  }

  /** The tasks whose memory is kept, sorted. */
  async scopes(): Promise<readonly string[]> {
    const scopes = await this.#store.read([], (rows) => this.#store.scopes(rows));
    return scopes.toSorted();
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

  /**
   * Stores several graphs and, if given, how far the log is folded in: all in one batch.
   *
   * @param options.since How far it was folded in before: nothing is stored when that no longer holds, as
   *   what was there has been put aside
   */
  async saveAll(
    caches: readonly { readonly scope: string; readonly cache: NetworkedCache }[],
    options: {
      readonly sequence?: number | undefined;
      readonly since?: number | undefined;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<void> {
    const { sequence, since, signal } = options;
    const contents = [];
    for (const one of caches)
      contents.push(
        await withVectors(one, {
          store: this.#store,
          embeddings: this.#options.embeddings,
          signal,
        }),
      );
    await this.#store.replace(contents, {
      sequence,
      signal,
      onlyIf: async () => since === undefined || since === this.#store.sequence,
    });
  }

  /** A task's graph with every node and edge; an empty one when there is none, or when it was damaged. */
  load(scope: string): Promise<NetworkedCache> {
    const { counter } = this.#options;
    return this.#store.load(scope, counter === undefined ? {} : { counter });
  }

  /** Forgets a task. */
  delete(scope: string): Promise<void> {
    return this.#store.delete(scope);
  }

  /** Forgets everything, the position in the log too. */
  clear(): Promise<void> {
    return this.#store.clear();
  }

  /**
   * Finds nodes by meaning and by words, best first, in one task or in all of them. Without an embedding
   * model, or when it fails, by words alone; the answer says how it was found.
   */
  searchSemantic(query: string, options: SearchOptions = {}): Promise<SearchAnswer> {
    const { embeddings, minSimilarity = 0.5 } = this.#options;
    return semanticSearch(query, { ...options, store: this.#store, embeddings, minSimilarity });
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
        corrections: (signature) =>
          this.#store.read([], async (rows) => {
            const fixes = await readFixes(rows, signature);
            return readFound(
              rows,
              fixes.map((place) => ({ ...place, score: 1 })),
              (scope) => this.#store.info(rows, scope),
            );
          }),
        body: async (scope, id) => (await this.load(scope)).body(id),
        solution: async (scope) => [...(await this.load(scope)).nodes()],
      },
      query,
      options,
    );
  }

  /** Keeps what an OnlineCache holds: keys, values, tokens and priorities, in one batch. */
  migrate(entries: Iterable<OnlineEntry<JsonValue>>): Promise<void> {
    return this.#store.write(itemRows(entries));
  }

  /** What `migrate` kept, sorted by key. */
  items(): Promise<readonly OnlineEntry<JsonValue>[]> {
    return this.#store.read([], readItems);
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
    return this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
