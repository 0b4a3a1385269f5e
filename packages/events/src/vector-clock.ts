import { InvalidVectorClockError, VectorClockOverflowError } from './errors.ts';

/** How many events of each process are known: `{ planner: 3, worker: 1 }`. A missing process counts as 0. */
export type VectorClock = Readonly<Record<string, number>>;

/** How one clock stands to another. */
export type ClockOrder = 'before' | 'after' | 'equal' | 'concurrent';

/**
 * Pure functions on vector clocks (Fidge 1988, Mattern 1989).
 *
 * One departure: an empty clock carries no causal knowledge, so it is concurrent with every clock,
 * itself included. All functions throw `InvalidVectorClockError` for a clock that is none.
 */
export const VectorClock = {
  tick,
  merge,
  compare,
  happensBefore,
  concurrent,
  parse,
};

/**
 * Counts one more event of `process`: its entry + 1, all others untouched.
 *
 * @throws VectorClockOverflowError (a `RangeError`) beyond `Number.MAX_SAFE_INTEGER`
 */
export function tick(clock: VectorClock, process: string): VectorClock {
  return advance(parse(clock), process);
}

/** `tick` for a clock that was parsed before. @throws VectorClockOverflowError */
export function advance(clock: VectorClock, process: string): VectorClock {
  const count = entry(clock, process);
  if (count === Number.MAX_SAFE_INTEGER) throw new VectorClockOverflowError({ process });
  return { ...clock, [process]: count + 1 };
}

/** What both know together: the maximum per process. Commutative, associative, idempotent. */
export function merge(a: VectorClock, b: VectorClock): VectorClock {
  const merged = new Map(Object.entries(parse(a)));
  for (const [process, count] of Object.entries(parse(b))) {
    merged.set(process, Math.max(count, merged.get(process) ?? 0));
  }
  // fromEntries defines own properties, so a process named `__proto__` is one like any other.
  return Object.fromEntries(merged);
}

/** Tells how `a` stands to `b`. `"equal"` only for two non-empty clocks; with an empty one `"concurrent"`. */
export function compare(a: VectorClock, b: VectorClock): ClockOrder {
  const left = Object.entries(parse(a));
  const right = Object.entries(parse(b));
  if (left.length === 0 || right.length === 0) return 'concurrent';
  const aBehind = right.some(([process, count]) => entry(a, process) < count);
  const bBehind = left.some(([process, count]) => entry(b, process) < count);
  if (aBehind) return bBehind ? 'concurrent' : 'before';
  return bBehind ? 'after' : 'equal';
}

/** Whether `b` knows all that `a` knows, and more. False for equal clocks and beside an empty one. */
export function happensBefore(a: VectorClock, b: VectorClock): boolean {
  return compare(a, b) === 'before';
}

/** Whether neither happens before the other. True for equal clocks and beside an empty one. */
export function concurrent(a: VectorClock, b: VectorClock): boolean {
  const order = compare(a, b);
  return order === 'concurrent' || order === 'equal';
}

/**
 * Gives the value back as a clock, when it is one: a plain object of integers from 0 to `MAX_SAFE_INTEGER`.
 *
 * @throws InvalidVectorClockError naming the process and its value
 */
export function parse(value: unknown): VectorClock {
  if (!isPlainObject(value)) throw new InvalidVectorClockError({ process: null, value });
  for (const process of Object.keys(value)) {
    const count = value[process];
    if (!Number.isSafeInteger(count) || Number(count) < 0) {
      throw new InvalidVectorClockError({ process, value: count });
    }
  }
  // Just checked, entry by entry.
  return value as VectorClock;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Object.prototype, also of another realm: it is the one that inherits from nothing.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Own entries only: `toString` is a process nobody has heard of, not a function. */
function entry(clock: VectorClock, process: string): number {
  return Object.hasOwn(clock, process) ? (clock[process] ?? 0) : 0;
}
