// Invariants (tests quote the numbers):
// 1. used = the sum of the tokens of all entries ≤ budget, at every instant.
// 2. Each entry is in the map and in exactly one list, that of its priority; a list is ordered from
//    least to most recently used.
// 3. An entry leaves only for a newcomer of the same or a higher priority, by delete, or by clear.
// 4. Every operation touches a bounded number of entries, apart from those that it evicts.
import { InvalidContextRequestError } from '../errors/request-errors.ts';
import { type CachePriority, cachePriorities, lowest, rankOf } from './cache-priority.ts';
import {
  kept,
  noBudget,
  noRoom,
  type OnlineEntry,
  type SetOutcome,
  tooLarge,
} from './online-entry.ts';
import { append, Slot, UseList, unlink } from './use-list.ts';

/** What the cache did so far. */
export interface OnlineCacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly rejections: number;
}

export interface OnlineCacheOptions<Value> {
  /** Tokens of all entries together; never exceeded. 0 keeps nothing. */
  readonly budget: number;
  /** Called with each entry that had to leave for another one. Must not change the cache. */
  readonly onEvict?: ((entry: OnlineEntry<Value>) => void) | undefined;
}

/**
 * Working memory with a budget in tokens: what is least important, and least recently used, leaves first.
 *
 * BACKGROUND leaves first, CRITICAL last; among equals the least recently used. A newcomer never
 * drives out a higher priority: it is rejected instead, and told why. All operations are O(1).
 */
export class OnlineCache<Value> {
  readonly budget: number;
  readonly #onEvict: ((entry: OnlineEntry<Value>) => void) | undefined;
  readonly #entries = new Map<string, Slot<Value>>();
  readonly #lists: readonly UseList<Value>[] = cachePriorities.map(() => new UseList<Value>());
  /** The slot of the last entry that was evicted; null when it is in use again. */
  #spare: Slot<Value> | null = null;
  #used = 0;
  #hits = 0;
  #misses = 0;
  #evictions = 0;
  #rejections = 0;

  constructor(options: OnlineCacheOptions<Value>) {
    assertTokens('budget', options.budget);
    this.budget = options.budget;
    this.#onEvict = options.onEvict;
  }

  /** Tokens of all entries; never above `budget`. */
  get used(): number {
    return this.#used;
  }

  get size(): number {
    return this.#entries.size;
  }

  get stats(): OnlineCacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      rejections: this.#rejections,
    };
  }

  /** The value, which becomes the most recently used of its priority; undefined when it is not there. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#misses += 1;
      return undefined;
    }
    this.#hits += 1;
    if (entry.newer !== null) {
      const list = this.#list(entry.rank);
      unlink(list, entry);
      append(list, entry);
    }
    return entry.value;
  }

  /** The entry, its place in the order unchanged. */
  peek(key: string): OnlineEntry<Value> | undefined {
    const slot = this.#entries.get(key);
    return slot === undefined ? undefined : entryOf(slot);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /**
   * Keeps a value, when there is or can be made room for it.
   *
   * A rejected replacement also removes the former value, so that `get` never gives what is outdated.
   *
   * @param options.tokens What the value costs, a whole number; counted by the caller, once.
   * @param options.priority @default 'MEDIUM'
   */
  set(
    key: string,
    value: Value,
    options: { readonly tokens: number; readonly priority?: CachePriority | undefined },
  ): SetOutcome {
    const { tokens } = options;
    const rank = rankOf(options.priority);
    assertTokens('tokens', tokens);
    const former = this.#entries.get(key);
    const free = this.budget - this.#used + (former?.tokens ?? 0);
    if (tokens > free || this.budget === 0) {
      const refusal = this.#refusal(tokens, rank, free, former);
      if (refusal !== null) {
        if (former !== undefined) this.#remove(former);
        this.#rejections += 1;
        return refusal;
      }
    }
    if (former !== undefined) {
      unlink(this.#list(former.rank), former);
      this.#used -= former.tokens;
      former.value = value;
      former.tokens = tokens;
      former.rank = rank;
    }
    if (this.#used + tokens > this.budget) this.#makeRoom(tokens);
    const entry = former ?? this.#slotFor(key, value, tokens, rank);
    if (former === undefined) this.#entries.set(key, entry);
    append(this.#list(rank), entry);
    this.#used += tokens;
    return kept;
  }

  /** True when it was there. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#remove(entry);
    return true;
  }

  clear(): void {
    this.#entries.clear();
    this.#spare = null;
    for (const list of this.#lists) {
      list.oldest = null;
      list.newest = null;
      list.tokens = 0;
    }
    this.#used = 0;
  }

  /** Everything that is kept, most important first, among equals most recently used first. */
  *entries(): IterableIterator<OnlineEntry<Value>> {
    for (const list of this.#lists)
      for (let slot = list.newest; slot !== null; slot = slot.older) yield entryOf(slot);
  }

  #list(rank: number): UseList<Value> {
    // Ranks come from `rankOf` alone, and there is one list for each.
    return this.#lists[rank] as UseList<Value>;
  }

  #slotFor(key: string, value: Value, tokens: number, rank: number): Slot<Value> {
    const slot = this.#spare;
    if (slot === null) return new Slot(key, value, tokens, rank);
    this.#spare = null;
    slot.key = key;
    slot.value = value;
    slot.tokens = tokens;
    slot.rank = rank;
    return slot;
  }

  #refusal(
    tokens: number,
    rank: number,
    free: number,
    former: Slot<Value> | undefined,
  ): SetOutcome | null {
    if (this.budget === 0) return noBudget;
    if (tokens > this.budget) return tooLarge;
    let reachable = free;
    for (let below = lowest; below >= rank && reachable < tokens; below -= 1) {
      reachable += this.#list(below).tokens;
      if (former !== undefined && former.rank === below) reachable -= former.tokens;
    }
    return reachable < tokens ? noRoom : null;
  }

  #makeRoom(tokens: number): void {
    for (let rank = lowest; rank >= 0; rank -= 1) {
      const list = this.#list(rank);
      while (list.oldest !== null) {
        if (this.#used + tokens <= this.budget) return;
        const victim = list.oldest;
        this.#remove(victim);
        this.#evictions += 1;
        if (this.#onEvict !== undefined) this.#onEvict(entryOf(victim));
        this.#spare = victim;
      }
    }
  }

  #remove(entry: Slot<Value>): void {
    unlink(this.#list(entry.rank), entry);
    this.#entries.delete(entry.key);
    this.#used -= entry.tokens;
  }
}

function entryOf<Value>({ key, value, tokens, rank }: Slot<Value>): OnlineEntry<Value> {
  return { key, value, tokens, priority: cachePriorities[rank] ?? 'BACKGROUND' };
}

function assertTokens(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidContextRequestError(`${name} must be a whole number from 0 on, not ${value}`);
}
