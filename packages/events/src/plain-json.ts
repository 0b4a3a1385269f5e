import type { JsonValue } from './event.ts';
import { InvalidEventError } from './store-errors.ts';

type JsonObject = { [key: string]: JsonValue };

/** The containers that a value is in, innermost first. */
interface Parents {
  readonly container: object;
  readonly depth: number;
  readonly up: Parents | null;
}

/** What is wrong, and the keys down to it: innermost first, gathered on the way out. */
class Fault extends Error {
  readonly keys: (string | number)[] = [];
}

const maxDepth = 1_000;

/**
 * A deep copy of plain JSON; refuses everything that JSON would drop or change.
 *
 * @param name names the value in errors: `data` gives `data.modules[2].fn`
 * @throws InvalidEventError for a function, symbol, bigint, `undefined`, NaN or Infinity, class instance, Map, Set or cycle
 */
export function copyPlainJson(value: unknown, name: string): JsonValue {
  return named(name, () => copy(value, null));
}

/** As `copyPlainJson`, and the value must be an object: no array, no null. */
export function copyPlainObject(value: unknown, name: string): JsonObject {
  return named(name, () => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return copyObject(value, null);
    }
    throw refusal(value, 'must be a plain object');
  });
}

function named<T>(name: string, copying: () => T): T {
  try {
    return copying();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new InvalidEventError({
      path: pathOf(name, error.keys.reverse()),
      reason: error.message,
    });
  }
}

/**
 * Freezes deeply what a schema has made of a copy, so that nobody else holds it. When the schema made
 * something of it that is no plain JSON, such as a Date, this throws as `copyPlainObject` does.
 */
export function freezePlainObject(
  value: unknown,
  name: string,
): { readonly [key: string]: JsonValue } {
  if (!freezePlain(value, 0)) return deepFreeze(copyPlainObject(value, name));
  return value as JsonObject; // every part of it has just been looked at
}

/** @returns false, with parts frozen or not, at the first thing that is no plain JSON */
function freezePlain(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || depth > maxDepth) return false;
  if (value === null) return depth > 0;
  if (Array.isArray(value)) {
    if (depth === 0) return false;
    for (const item of value) if (!freezePlain(item, depth + 1)) return false;
  } else {
    if (!hasPrototypes(value, 1) && !hasPrototypes(value, 0)) return false;
    for (const key of Object.keys(value)) {
      if (!freezePlain(ownValue(value, key), depth + 1)) return false;
    }
  }
  Object.freeze(value);
  return true;
}

function copy(value: unknown, parents: Parents | null): JsonValue {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value; // JSON has no -0
  if (typeof value !== 'object') throw refusal(value, mustBePlain);
  return Array.isArray(value) ? copyArray(value, parents) : copyObject(value, parents);
}

function copyArray(array: readonly unknown[], parents: Parents | null): JsonValue[] {
  if (!hasPrototypes(array, 2)) throw refusal(array, mustBePlain);
  const inside = enter(array, parents);
  const items: JsonValue[] = [];
  try {
    for (let i = 0; i < array.length; i++) items.push(copy(array[i], inside));
  } catch (error) {
    if (error instanceof Fault) error.keys.push(items.length);
    throw error;
  }
  return items;
}

function copyObject(object: object, parents: Parents | null): JsonObject {
  if (!hasPrototypes(object, 1) && !hasPrototypes(object, 0)) throw refusal(object, mustBePlain);
  const inside = enter(object, parents);
  const plain: JsonObject = {};
  let at = '';
  try {
    const [symbol] = Object.getOwnPropertySymbols(object);
    if (symbol !== undefined) {
      at = String(symbol);
      throw refusal(symbol, mustBePlain);
    }
    for (const key of Object.keys(object)) {
      at = key;
      const item = copy(ownValue(object, key), inside);
      if (key === '__proto__') define(plain, key, item);
      else plain[key] = item;
    }
  } catch (error) {
    if (error instanceof Fault) error.keys.push(at);
    throw error;
  }
  return plain;
}

/** Objects of another realm count too: what matters is how long the prototype chain is. */
function hasPrototypes(value: object, count: number): boolean {
  let prototype: unknown = Object.getPrototypeOf(value);
  for (let i = 0; i < count; i++) {
    if (prototype === null) return false;
    prototype = Object.getPrototypeOf(prototype);
  }
  return prototype === null;
}

function enter(container: object, up: Parents | null): Parents {
  for (let one = up; one !== null; one = one.up) {
    if (one.container === container) throw new Fault('is a cycle');
  }
  const depth = (up?.depth ?? 0) + 1;
  if (depth > maxDepth) throw new Fault(`is nested deeper than ${maxDepth} levels`);
  return { container, depth, up };
}

/** An own property, also one named `__proto__`, which a plain read would miss. */
function ownValue(object: object, key: string): unknown {
  if (key !== '__proto__') return Reflect.get(object, key);
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function define(object: object, key: string, value: JsonValue): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Freezes JSON that nobody else holds: what a parser or a copy has just made. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) for (const item of value) deepFreeze(item);
  else for (const key of Object.keys(value)) deepFreeze(ownValue(value, key));
  return Object.freeze(value);
}

/** Whether two JSON values say the same; the order of keys does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameJson(ownValue(a, key), ownValue(b, key)));
}

const mustBePlain = 'must be plain JSON';

function refusal(value: unknown, rule: string): Fault {
  return new Fault(`${rule}, not ${kindOf(value)}`);
}

function pathOf(name: string, keys: readonly (string | number)[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
  }, name);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'an array';
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object';
}
