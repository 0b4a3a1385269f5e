import { inc, compare as peerCompare, merge as peerMerge } from '@thi.ng/vclock';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEventsError, VectorClock } from '../src/index.ts';

const { tick, merge, compare, happensBefore, concurrent, parse } = VectorClock;

const process = fc.constantFrom('p1', 'p2', 'p3', 'planner', 'constructor', '__proto__');
const count = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.maxSafeNat());
const clock = fc
  .array(fc.tuple(process, count), { maxLength: 6 })
  .map((entries): VectorClock => Object.fromEntries(entries));
const nonEmpty = clock.filter((c) => Object.keys(c).length > 0);

describe('VectorClock', () => {
  it('gate 1.6: {p1:1} happens before {p1:2} and before {p1:1,p2:1}', () => {
    expect(happensBefore({ p1: 1 }, { p1: 2 })).toBe(true);
    expect(happensBefore({ p1: 1 }, { p1: 1, p2: 1 })).toBe(true);
    expect(happensBefore({ p1: 3 }, { p1: 5 })).toBe(true);
    expect(happensBefore({ p1: 5 }, { p1: 3 })).toBe(false);
  });

  it('gate 1.7: {p1:1} and {p2:1} are concurrent, so are {p1:2,p2:1} and {p1:1,p2:2}', () => {
    expect(concurrent({ p1: 1 }, { p2: 1 })).toBe(true);
    expect(concurrent({ p1: 2, p2: 1 }, { p1: 1, p2: 2 })).toBe(true);
    expect(concurrent({ p1: 1 }, { p1: 2 })).toBe(false);
  });

  it('gate 1.8: merge({p1:5},{p1:3,p2:1}) is {p1:5,p2:1}', () => {
    expect(merge({ p1: 5 }, { p1: 3, p2: 1 })).toEqual({ p1: 5, p2: 1 });
  });

  it('gate 1.9: {} and {} are concurrent; {p1:0} is handled', () => {
    expect(concurrent({}, {})).toBe(true);
    expect(happensBefore({}, {})).toBe(false);
    expect(happensBefore({ p1: 0 }, { p1: 1 })).toBe(true);
    expect(compare({ p1: 0 }, { p2: 0 })).toBe('equal');
    expect(tick({ p1: 0 }, 'p1')).toEqual({ p1: 1 });
  });

  it('equal clocks: none happens before the other, they are concurrent, and compare says equal', () => {
    for (const [a, b] of [
      [{ p1: 2 }, { p1: 2 }],
      [{ p1: 2, p2: 0 }, { p1: 2 }],
    ] as const) {
      expect([happensBefore(a, b), happensBefore(b, a)]).toEqual([false, false]);
      expect(concurrent(a, b)).toBe(true);
      expect(compare(a, b)).toBe('equal');
    }
  });

  it('ticks by exactly one and leaves the others, a missing process counting as 0', () => {
    expect(tick({ p1: 4, p2: 7 }, 'p1')).toEqual({ p1: 5, p2: 7 });
    expect(tick({}, 'p1')).toEqual({ p1: 1 });
  });

  it('throws a RangeError that names the process instead of ticking beyond MAX_SAFE_INTEGER', () => {
    const full = { p1: Number.MAX_SAFE_INTEGER };
    expect(() => tick(full, 'p1')).toThrow(RangeError);
    expect(() => tick(full, 'p1')).toThrow('"p1"');
    expect(caught(() => tick(full, 'p1'))).toSatisfy((error) =>
      isEventsError(error, 'VECTOR_CLOCK_OVERFLOW'),
    );
    expect(tick(full, 'p2')).toEqual({ ...full, p2: 1 });
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 63, '1', null, undefined, 1n])(
    'rejects the entry %s, naming the process and the value',
    (value) => {
      const bad = { ok: 1, p2: value } as unknown as VectorClock;
      for (const act of [
        () => tick(bad, 'ok'),
        () => merge({}, bad),
        () => merge(bad, {}),
        () => compare(bad, {}),
        () => compare({}, bad),
        () => happensBefore(bad, bad),
        () => concurrent({}, bad),
        () => parse(bad),
      ]) {
        const error = caught(act);
        expect(isEventsError(error, 'INVALID_VECTOR_CLOCK') && error).toMatchObject({
          process: 'p2',
          value,
        });
        expect(String(error)).toContain('"p2"');
        expect(String(error)).toContain(String(value));
      }
    },
  );

  it.each([null, undefined, 7, 'p1', [], new Map(), new Date(0)])(
    'rejects %s, which is no clock',
    (value) => {
      expect(caught(() => parse(value))).toMatchObject({
        code: 'INVALID_VECTOR_CLOCK',
        process: null,
      });
    },
  );

  it('counts a process by any name, `__proto__` and `constructor` too', () => {
    const once = tick(tick({}, '__proto__'), 'constructor');
    expect(Object.entries(once)).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
    expect(compare({ p1: 1 }, merge({ p1: 1 }, once))).toBe('before');
    expect(compare({ p1: 1 }, { p1: 1, toString: 1 })).toBe('before');
  });
});

describe('the laws of vector clocks', () => {
  it('merge is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(clock, clock, clock, (a, b, c) => {
        expect(merge(a, b)).toEqual(merge(b, a));
        expect(merge(a, merge(b, c))).toEqual(merge(merge(a, b), c));
        expect(merge(a, a)).toEqual(a);
      }),
    );
  });

  it('merge is the least upper bound: it loses no process, and nothing smaller is above both', () => {
    fc.assert(
      fc.property(nonEmpty, nonEmpty, nonEmpty, (a, b, other) => {
        const merged = merge(a, b);
        expect(new Set(Object.keys(merged))).toEqual(
          new Set([...Object.keys(a), ...Object.keys(b)]),
        );
        const isAbove = (high: VectorClock, low: VectorClock) =>
          ['before', 'equal'].includes(compare(low, high));
        expect(isAbove(merged, a) && isAbove(merged, b)).toBe(true);
        if (isAbove(other, a) && isAbove(other, b)) expect(isAbove(other, merged)).toBe(true);
      }),
    );
  });

  it('happensBefore is a strict partial order, and compare is its four-way view', () => {
    fc.assert(
      fc.property(clock, clock, clock, (a, b, c) => {
        expect(happensBefore(a, a)).toBe(false);
        if (happensBefore(a, b)) expect(happensBefore(b, a)).toBe(false);
        if (happensBefore(a, b) && happensBefore(b, c)) expect(happensBefore(a, c)).toBe(true);
        const mirrored = { before: 'after', after: 'before' } as const;
        const order = compare(a, b);
        expect(order === 'before').toBe(happensBefore(a, b));
        expect(compare(b, a)).toBe(
          order === 'before' || order === 'after' ? mirrored[order] : order,
        );
        expect(concurrent(a, b)).toBe(!happensBefore(a, b) && !happensBefore(b, a));
      }),
    );
  });

  it('an empty clock on either side is concurrent with every clock, and happens before none', () => {
    fc.assert(
      fc.property(clock, (any) => {
        for (const [a, b] of [
          [{}, any],
          [any, {}],
        ] as const) {
          expect(compare(a, b)).toBe('concurrent');
          expect(concurrent(a, b)).toBe(true);
          expect(happensBefore(a, b)).toBe(false);
        }
      }),
    );
  });

  it('changes nothing it is given', () => {
    fc.assert(
      fc.property(clock, clock, process, (a, b, p) => {
        const [frozenA, frozenB] = [Object.freeze({ ...a }), Object.freeze({ ...b })];
        merge(frozenA, frozenB);
        compare(frozenA, frozenB);
        if ((a[p] ?? 0) < Number.MAX_SAFE_INTEGER) tick(frozenA, p);
        expect([frozenA, frozenB]).toEqual([a, b]);
      }),
    );
  });
});

describe('beside an independent implementation (@thi.ng/vclock)', () => {
  // Its clocks are plain objects written by key, which `__proto__` breaks.
  const plain = clock.filter(
    (c) => !Object.hasOwn(c, '__proto__') && !Object.hasOwn(c, 'constructor'),
  );
  const nonEmptyPlain = plain.filter((c) => Object.keys(c).length > 0);

  it('ticks and merges alike', () => {
    fc.assert(
      fc.property(plain, plain, fc.constantFrom('p1', 'p2', 'p9'), (a, b, p) => {
        expect(merge(a, b)).toEqual(peerMerge(a, b));
        if ((a[p] ?? 0) < Number.MAX_SAFE_INTEGER) expect(tick(a, p)).toEqual(inc(a, p));
      }),
      { numRuns: 1000 },
    );
  });

  it('orders non-empty clocks alike', () => {
    fc.assert(
      fc.property(nonEmptyPlain, nonEmptyPlain, (a, b) => {
        const peer = peerCompare(a, b);
        const expected =
          peer < 0 ? 'before' : peer > 0 ? 'after' : isSame(a, b) ? 'equal' : 'concurrent';
        expect(compare(a, b)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  function isSame(a: VectorClock, b: VectorClock): boolean {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
      (p) => (a[p] ?? 0) === (b[p] ?? 0),
    );
  }
});

describe('beside explicit causal histories', () => {
  const names = ['p0', 'p1', 'p2', 'p3'] as const;
  const who = fc.constantFrom(...names);
  /** What a process does: something of its own, or it takes in a message of another. */
  const step = fc.oneof(
    fc.record({ kind: fc.constant('local' as const), by: who }),
    fc.record({ kind: fc.constant('receive' as const), by: who, message: fc.nat() }),
  );

  it('clock order is inclusion of the sets of events seen, in a simulated system of processes', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        interface Occurrence {
          readonly clock: VectorClock;
          readonly seen: ReadonlySet<number>;
        }
        const latest = new Map<string, Occurrence>();
        const all: Occurrence[] = [];
        for (const [id, action] of steps.entries()) {
          const own = latest.get(action.by) ?? { clock: {}, seen: new Set<number>() };
          const message =
            action.kind === 'receive' ? all[action.message % (all.length || 1)] : undefined;
          const occurrence = {
            clock: tick(message ? merge(own.clock, message.clock) : own.clock, action.by),
            seen: new Set([...own.seen, ...(message?.seen ?? []), id]),
          };
          latest.set(action.by, occurrence);
          all.push(occurrence);
        }
        for (const a of all) {
          for (const b of all) {
            if (a === b) continue;
            const isPast = isSubset(a.seen, b.seen);
            expect(happensBefore(a.clock, b.clock)).toBe(isPast);
            expect(concurrent(a.clock, b.clock)).toBe(!isPast && !isSubset(b.seen, a.seen));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

function isSubset(small: ReadonlySet<number>, large: ReadonlySet<number>): boolean {
  return [...small].every((id) => large.has(id));
}

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
}
