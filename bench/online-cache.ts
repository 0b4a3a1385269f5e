/**
 * The online cache beside Map (the floor: no budget, no eviction) and lru-cache bounded by size.
 *
 * 10 000 entries of 20 tokens, string keys, random order. `get`: three in four are there. `set`: twice
 * as many keys as the budget holds, so that about half of the sets evict. Both caches see the same keys
 * and must end with the same entries.
 *
 * CPU time of the process, which is steadier than the clock on a busy machine; the p99 is by the clock.
 *
 * Not measured: counting tokens (the caller does it once, and it costs far more), memory, other sizes.
 */
import { parseArgs } from 'node:util';
import { type CachePriority, OnlineCache } from '@org/context';
import { LRUCache } from 'lru-cache';
import { conclude, interleave, type Timing } from './harness.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const operations = values.quick ? 300_000 : 1_000_000;
const rounds = values.quick ? 7 : 15;

const entries = 10_000;
const tokens = 20;
const budget = entries * tokens;
const priorities: readonly CachePriority[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND'];

interface Value {
  readonly tokens: number;
}
const value: Value = { tokens };

const random = randomOf(42);
const someKeys = keysBelow((entries * 4) / 3);
const manyKeys = keysBelow(entries * 2);

const map = new Map<string, Value>();
const lru = new LRUCache<string, Value>({
  maxSize: budget,
  sizeCalculation: (item) => item.tokens,
});
const ours = new OnlineCache<Value>({ budget });
const mixed = new OnlineCache<Value>({ budget });

const gets = await interleave(
  [
    { name: 'Map', run: () => hits((key) => map.get(key)) },
    { name: 'lru-cache by size', run: () => hits((key) => lru.get(key)) },
    { name: 'OnlineCache', run: () => hits((key) => ours.get(key)) },
    { name: 'OnlineCache, 5 priorities', run: () => hits((key) => mixed.get(key)) },
  ].map(({ name, run }) => ({ name, run: filledFirst(run) })),
  { rounds },
);

const sets = await interleave(
  [
    { name: 'Map', run: () => writes((key) => map.set(key, value)) },
    { name: 'lru-cache by size', run: () => writes((key) => lru.set(key, value)) },
    { name: 'OnlineCache', run: () => writes((key) => ours.set(key, value, { tokens })) },
    {
      name: 'OnlineCache, 5 priorities',
      run: () =>
        writes((key, at) => mixed.set(key, value, { tokens, priority: priorities[at % 5] })),
    },
  ],
  { rounds },
);

checkSame();
const pairs = {
  'lru-cache by size': pairP99((key) => {
    lru.set(key, value);
    lru.get(key);
  }),
  OnlineCache: pairP99((key) => {
    ours.set(key, value, { tokens });
    ours.get(key);
  }),
};

console.log(`${operations} operations a round, medians of ${rounds} rounds`);
console.log('variant                        get ns   set ns');
for (const name of gets.keys())
  console.log(`${name.padEnd(28)} ${figure(gets, name)} ${figure(sets, name)}`);
for (const [name, ns] of Object.entries(pairs))
  console.log(`p99 of a set and a get, ${name}: ${ns} ns`);

const ratio = (table: ReadonlyMap<string, Timing>, name: string, peer: string) =>
  nanoseconds(table, name) / nanoseconds(table, peer);
conclude(
  'online-cache',
  {
    'get / lru-cache': ratio(gets, 'OnlineCache', 'lru-cache by size'),
    'set / lru-cache': ratio(sets, 'OnlineCache', 'lru-cache by size'),
    'set with 5 priorities / lru-cache': ratio(
      sets,
      'OnlineCache, 5 priorities',
      'lru-cache by size',
    ),
    'get / Map': ratio(gets, 'OnlineCache', 'Map'),
    'pair p99 µs': pairs.OnlineCache / 1_000,
  },
  {
    'get / lru-cache': { atMost: 1 },
    'set / lru-cache': { atMost: 1 },
    'set with 5 priorities / lru-cache': { atMost: 1 },
    'pair p99 µs': { atMost: 1 },
  },
);

/** The same entries for all before reading, so that all have the same hits. */
function filledFirst(run: () => void): () => void {
  let filled = false;
  return () => {
    if (!filled) {
      filled = true;
      for (let n = 0; n < entries; n += 1) {
        const key = `node:${n}`;
        map.set(key, value);
        lru.set(key, value);
        ours.set(key, value, { tokens });
        mixed.set(key, value, { tokens, priority: priorities[n % 5] });
      }
    }
    run();
  };
}

function hits(get: (key: string) => Value | undefined): void {
  let found = 0;
  for (let n = 0; n < operations; n += 1)
    if (get(someKeys[n % someKeys.length] ?? '') !== undefined) found += 1;
  const expected = someKeys.filter((key) => Number(key.slice(5)) < entries).length;
  const share = found / operations - expected / someKeys.length;
  if (Math.abs(share) > 0.01) throw new Error(`${found} hits in ${operations} gets`);
}

function writes(set: (key: string, at: number) => unknown): void {
  for (let n = 0; n < operations; n += 1) set(manyKeys[n % manyKeys.length] ?? '', n);
}

function checkSame(): void {
  const mine = new Set([...ours.entries()].map(({ key }) => key));
  const theirs = new Set(lru.keys());
  if (mine.size !== theirs.size || [...mine].some((key) => !theirs.has(key)))
    throw new Error('the two caches hold different entries');
  if (ours.used > budget || mixed.used > budget) throw new Error('above the budget');
}

function pairP99(pair: (key: string) => void): number {
  const count = Math.min(operations, 300_000);
  const times = new Float64Array(count);
  for (let n = 0; n < count; n += 1) {
    const key = manyKeys[(n * 7) % manyKeys.length] ?? '';
    const start = process.hrtime.bigint();
    pair(key);
    times[n] = Number(process.hrtime.bigint() - start);
  }
  return times.sort()[Math.floor(count * 0.99)] ?? Number.NaN;
}

function keysBelow(limit: number): readonly string[] {
  return Array.from({ length: 1 << 17 }, () => `node:${Math.floor(random() * limit)}`);
}

function nanoseconds(table: ReadonlyMap<string, Timing>, name: string): number {
  return ((table.get(name)?.cpuMs ?? Number.NaN) * 1e6) / operations;
}

function figure(table: ReadonlyMap<string, Timing>, name: string): string {
  return nanoseconds(table, name).toFixed(0).padStart(8);
}

/** mulberry32: the same keys in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixedBits = Math.imul(state ^ (state >>> 15), 1 | state);
    mixedBits = (mixedBits + Math.imul(mixedBits ^ (mixedBits >>> 7), 61 | mixedBits)) ^ mixedBits;
    return ((mixedBits ^ (mixedBits >>> 14)) >>> 0) / 4_294_967_296;
  };
}
