import assert from 'node:assert';
import { readSync, writeSync } from 'node:fs';
import nodeTest from 'node:test';

/*
 * Taken before any file of the task loads: what the harness must be able to trust afterwards.
 * Code that reaches into the runtime itself (inspector, /proc/self/mem, native code) is out of reach.
 */
const { stringify } = JSON;
const { freeze, getOwnPropertyDescriptor, is } = Object;
const { ownKeys, apply } = Reflect;
const exit = process.exit.bind(process);

export const trusted = { stringify, freeze, apply, exit, readSync, writeSync };

/** What tests lean on, and legitimate tests never replace (they do mock Math.random, Date and timers). */
const guarded: readonly object[] = [
  Object,
  Reflect,
  JSON,
  ...[
    Array,
    String,
    Number,
    Boolean,
    Symbol,
    RegExp,
    Function,
    Promise,
    Map,
    Set,
    WeakMap,
    Error,
  ].flatMap((type) => [type, type.prototype]),
  Object.prototype,
  Object.getPrototypeOf([][Symbol.iterator]()),
  Object.getPrototypeOf(async () => {}),
];

interface Original {
  readonly owner: object;
  readonly key: PropertyKey;
  readonly descriptor: PropertyDescriptor;
}

const originals: readonly Original[] = guarded.flatMap((owner) =>
  ownKeys(owner).flatMap((key) => {
    const descriptor = getOwnPropertyDescriptor(owner, key);
    return descriptor === undefined || changesByItself(owner, key)
      ? []
      : [{ owner, key, descriptor }];
  }),
);

/** The name of a built-in that is not what it was, or null. New properties are fine. */
export function replacedBuiltin(): string | null {
  for (let index = 0; index < originals.length; index++) {
    const original = originals[index];
    if (original === undefined) continue;
    const now = getOwnPropertyDescriptor(original.owner, original.key);
    const was = original.descriptor;
    if (
      now === undefined ||
      !is(now.value, was.value) ||
      now.get !== was.get ||
      now.set !== was.set
    ) {
      return String(original.key);
    }
  }
  return null;
}

/** The modules whose functions judge: replacing one of them throws. */
export function freezeJudges(): void {
  for (const judge of [assert, assert.strict, nodeTest]) freeze(judge);
}

/** `RegExp.$1`, `Error.stackTraceLimit` … are state, not functions. */
function changesByItself(owner: object, key: PropertyKey): boolean {
  return (
    (owner === RegExp &&
      typeof key === 'string' &&
      !['prototype', 'length', 'name'].includes(key)) ||
    (owner === Error && (key === 'stackTraceLimit' || key === 'prepareStackTrace'))
  );
}
