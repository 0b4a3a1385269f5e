import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CachePriority, isContextError, OnlineCache } from '../../src/index.ts';

const priorities: readonly CachePriority[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND'];

function filled(budget: number, entries: readonly (readonly [string, number, CachePriority])[]) {
  const cache = new OnlineCache<string>({ budget });
  for (const [key, tokens, priority] of entries)
    expect(cache.set(key, key, { tokens, priority })).toEqual({ stored: true });
  return cache;
}

describe('OnlineCache', () => {
  it('gate 3.11: budget 1 000, 1 500 added: lowest priority is evicted first', () => {
    const evicted: string[] = [];
    const cache = new OnlineCache<string>({
      budget: 1_000,
      onEvict: ({ key }) => evicted.push(key),
    });
    cache.set('background', '', { tokens: 250, priority: 'BACKGROUND' });
    cache.set('critical', '', { tokens: 250, priority: 'CRITICAL' });
    cache.set('low', '', { tokens: 250, priority: 'LOW' });
    cache.set('medium', '', { tokens: 250, priority: 'MEDIUM' });
    cache.set('high', '', { tokens: 250, priority: 'HIGH' });
    expect(evicted).toEqual(['background']);
    cache.set('critical 2', '', { tokens: 250, priority: 'CRITICAL' });
    expect(evicted).toEqual(['background', 'low']);
    expect(cache.used).toBe(1_000);
    expect([...cache.entries()].map(({ key }) => key)).toEqual([
      'critical 2',
      'critical',
      'high',
      'medium',
    ]);
  });

  it('evicts the least recently used within a priority; get counts as use, peek does not', () => {
    const cache = filled(30, [
      ['a', 10, 'LOW'],
      ['b', 10, 'LOW'],
      ['c', 10, 'LOW'],
    ]);
    cache.get('a');
    cache.peek('b');
    cache.set('d', 'd', { tokens: 10, priority: 'LOW' });
    expect(cache.has('b')).toBe(false);
    expect(cache.has('a')).toBe(true);
  });

  it('with nothing but CRITICAL, a CRITICAL newcomer evicts the oldest', () => {
    const cache = filled(20, [
      ['a', 10, 'CRITICAL'],
      ['b', 10, 'CRITICAL'],
    ]);
    expect(cache.set('c', 'c', { tokens: 10, priority: 'CRITICAL' })).toEqual({ stored: true });
    expect(cache.has('a')).toBe(false);
  });

  it('rejects a newcomer rather than evict a higher priority, says so, and leaves all as it was', () => {
    const cache = filled(30, [
      ['high', 20, 'HIGH'],
      ['low', 10, 'LOW'],
    ]);
    expect(cache.set('medium', '', { tokens: 20, priority: 'MEDIUM' })).toEqual({
      stored: false,
      reason: 'no-room',
    });
    expect([...cache.entries()].map(({ key }) => key)).toEqual(['high', 'low']);
    expect(cache.stats.rejections).toBe(1);
  });

  it('rejects everything at budget 0, and an item above the budget, each with its own reason', () => {
    expect(new OnlineCache({ budget: 0 }).set('a', 1, { tokens: 0 })).toEqual({
      stored: false,
      reason: 'no-budget',
    });
    expect(
      new OnlineCache({ budget: 10 }).set('a', 1, { tokens: 11, priority: 'CRITICAL' }),
    ).toEqual({
      stored: false,
      reason: 'larger-than-budget',
    });
  });

  it('gives undefined for what is not there, an empty cache included', () => {
    const cache = new OnlineCache({ budget: 10 });
    expect(cache.get('a')).toBeUndefined();
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.delete('a')).toBe(false);
    expect(cache.stats).toEqual({ hits: 0, misses: 1, evictions: 0, rejections: 0 });
  });

  it('a replacement takes the place of its former self, in tokens and in priority', () => {
    const cache = filled(30, [
      ['a', 10, 'LOW'],
      ['b', 20, 'HIGH'],
    ]);
    expect(cache.set('a', 'new', { tokens: 10, priority: 'CRITICAL' })).toEqual({ stored: true });
    expect(cache.used).toBe(30);
    expect(cache.peek('a')).toMatchObject({ value: 'new', priority: 'CRITICAL' });
  });

  it('a rejected replacement removes the outdated value', () => {
    const cache = filled(30, [
      ['a', 10, 'LOW'],
      ['b', 20, 'HIGH'],
    ]);
    expect(cache.set('a', 'new', { tokens: 20, priority: 'LOW' }).stored).toBe(false);
    expect(cache.get('a')).toBeUndefined();
    expect(cache.used).toBe(20);
  });

  it('clear empties it', () => {
    const cache = filled(30, [
      ['a', 10, 'LOW'],
      ['b', 20, 'HIGH'],
    ]);
    cache.clear();
    expect([cache.size, cache.used, [...cache.entries()]]).toEqual([0, 0, []]);
    expect(cache.set('c', 'c', { tokens: 30 })).toEqual({ stored: true });
  });

  it('refuses tokens and budgets that are no whole numbers from 0 on', () => {
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new OnlineCache({ budget: wrong })).toThrow(/budget/);
      const cache = new OnlineCache({ budget: 10 });
      const attempt = () => cache.set('a', 1, { tokens: wrong });
      expect(attempt).toThrow(/tokens/);
      expect(isContextError(thrownBy(attempt), 'INVALID_REQUEST')).toBe(true);
    }
  });

  it('holds invariants 1 to 3 for any sequence of operations, as a plain model does', () => {
    const operation = fc.oneof(
      fc.record({
        kind: fc.constant('set' as const),
        key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        tokens: fc.integer({ min: 0, max: 12 }),
        priority: fc.constantFrom(...priorities),
      }),
      fc.record({
        kind: fc.constantFrom('get' as const, 'delete' as const),
        key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 }),
        fc.array(operation, { maxLength: 60 }),
        (budget, operations) => {
          const cache = new OnlineCache<number>({ budget });
          const model = new PlainCache(budget);
          operations.forEach((op, step) => {
            if (op.kind === 'set') {
              const outcome = cache.set(op.key, step, op);
              expect(outcome.stored).toBe(model.set(op.key, { ...op, value: step }));
            } else if (op.kind === 'get') expect(cache.get(op.key)).toBe(model.get(op.key));
            else expect(cache.delete(op.key)).toBe(model.delete(op.key));
            expect(cache.used).toBeLessThanOrEqual(budget);
            expect(cache.used).toBe(model.used);
            expect([...cache.entries()].map(({ key }) => key)).toEqual(model.keys());
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

interface PlainEntry {
  readonly key: string;
  readonly value: number;
  readonly tokens: number;
  readonly priority: CachePriority;
}

/** The same rules with a sorted array: slow and obvious. */
class PlainCache {
  /** Most recently used first. */
  #entries: PlainEntry[] = [];
  readonly #budget: number;

  constructor(budget: number) {
    this.#budget = budget;
  }

  get used(): number {
    return this.#entries.reduce((sum, { tokens }) => sum + tokens, 0);
  }

  keys(): string[] {
    return priorities.flatMap((priority) =>
      this.#entries.filter((entry) => entry.priority === priority).map(({ key }) => key),
    );
  }

  get(key: string): number | undefined {
    const entry = this.#entries.find((known) => known.key === key);
    if (entry === undefined) return undefined;
    this.#entries = [entry, ...this.#entries.filter((known) => known !== entry)];
    return entry.value;
  }

  delete(key: string): boolean {
    const before = this.#entries.length;
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
    return this.#entries.length < before;
  }

  set(key: string, entry: Omit<PlainEntry, 'key'>): boolean {
    this.delete(key);
    const rank = priorities.indexOf(entry.priority);
    const victims = this.#entries
      .filter(({ priority }) => priorities.indexOf(priority) >= rank)
      .toReversed()
      .sort((a, b) => priorities.indexOf(b.priority) - priorities.indexOf(a.priority));
    const reachable =
      this.#budget - this.used + victims.reduce((sum, { tokens }) => sum + tokens, 0);
    if (this.#budget === 0 || entry.tokens > reachable) return false;
    for (const victim of victims) {
      if (this.used + entry.tokens <= this.#budget) break;
      this.delete(victim.key);
    }
    this.#entries.unshift({ key, ...entry });
    return true;
  }
}
