import type { JsonValue } from './event.ts';
import { InvalidEventError } from './store-errors.ts';

const maxDepth = 1_000;

/**
 * A deep, deeply frozen copy of plain JSON; refuses everything that JSON would drop or change.
 *
 * @param path names the value in errors: `data` gives `data.modules[2].fn`
 * @throws InvalidEventError for a function, symbol, bigint, `undefined`, NaN or Infinity, class instance, Map, Set or cycle
 */
export function copyPlainJson(value: unknown, path: string): JsonValue {
  return copy(value, path, []);
}

/** As `copyPlainJson`, and the value must be an object: no array, no null. */
export function copyPlainObject(
  value: unknown,
  path: string,
): { readonly [key: string]: JsonValue } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidEventError({ path, reason: `must be a plain object, not ${kindOf(value)}` });
  }
  return copyObject(value, path, []);
}

/** Freezes JSON that nobody else holds: what a parser has just made. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) for (const item of value) deepFreeze(item);
  else for (const item of Object.values(value)) deepFreeze(item);
  return Object.freeze(value);
}

/** Whether two JSON values say the same; the order of keys does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const entries = Object.entries(a);
  if (entries.length !== Object.keys(b).length) return false;
  return entries.every(([key, item]) => Object.hasOwn(b, key) && sameJson(item, read(b, key)));
}

// Reads an own property, `__proto__` too.
function read(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function copy(value: unknown, path: string, ancestors: object[]): JsonValue {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value; // JSON has no -0
  if (typeof value !== 'object') throw refusal(value, path);
  return Array.isArray(value)
    ? copyArray(value, path, ancestors)
    : copyObject(value, path, ancestors);
}

function copyArray(array: readonly unknown[], path: string, ancestors: object[]): JsonValue {
  if (!hasPrototypes(array, 2)) throw refusal(array, path);
  enter(array, path, ancestors);
  const items: JsonValue[] = [];
  for (let i = 0; i < array.length; i++) items.push(copy(array[i], `${path}[${i}]`, ancestors));
  ancestors.pop();
  return Object.freeze(items);
}

function copyObject(
  object: object,
  path: string,
  ancestors: object[],
): { readonly [key: string]: JsonValue } {
  if (!hasPrototypes(object, 0) && !hasPrototypes(object, 1)) throw refusal(object, path);
  const [symbol] = Object.getOwnPropertySymbols(object);
  if (symbol !== undefined) throw refusal(symbol, `${path}[${String(symbol)}]`);
  enter(object, path, ancestors);
  const plain: Record<string, JsonValue> = {};
  for (const key of Object.keys(object)) {
    const item = copy(read(object, key) ?? Reflect.get(object, key), join(path, key), ancestors);
    if (key === '__proto__') define(plain, key, item);
    else plain[key] = item;
  }
  ancestors.pop();
  return Object.freeze(plain);
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

function enter(object: object, path: string, ancestors: object[]): void {
  if (ancestors.includes(object)) throw new InvalidEventError({ path, reason: 'is a cycle' });
  if (ancestors.length >= maxDepth) {
    throw new InvalidEventError({ path, reason: `is nested deeper than ${maxDepth} levels` });
  }
  ancestors.push(object);
}

function define(object: object, key: string, value: JsonValue): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function join(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function refusal(value: unknown, path: string): InvalidEventError {
  return new InvalidEventError({ path, reason: `must be plain JSON, not ${kindOf(value)}` });
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'an array';
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object';
}
