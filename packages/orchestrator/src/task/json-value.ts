import type { JsonValue } from './task.ts';

/** Whether JSON carries the value unchanged: no cycles, no undefined, functions, NaN, dates, or class instances. */
export function isJsonValue(value: unknown): value is JsonValue {
  return isJson(value, new Set());
}

function isJson(value: unknown, ancestors: Set<object>): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || ancestors.has(value)) return false;
  if (!Array.isArray(value)) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return false;
  }
  ancestors.add(value);
  const carried = Object.values(value).every((part) => isJson(part, ancestors));
  ancestors.delete(value);
  return carried;
}
