import { expect } from 'expect';

const store = Symbol.for('$$jest-matchers-object');

/** `expect.extend` may add matchers; the ones that are there, and what they take for equal, stay what they are. */
export function lockExpect(): void {
  const holder: unknown = Reflect.get(globalThis, store);
  if (typeof holder === 'object' && holder !== null && 'matchers' in holder) {
    lockProperties(holder.matchers);
    lockProperties(holder, ['matchers', 'customEqualityTesters']);
    // One that always says yes would make everything equal.
    Object.freeze(Reflect.get(holder, 'customEqualityTesters'));
    Object.defineProperty(globalThis, store, { writable: false, configurable: false });
  }
  // Extending adds a property for each new matcher.
  lockProperties(expect);
}

function lockProperties(owner: unknown, names?: readonly string[]): void {
  if ((typeof owner !== 'object' && typeof owner !== 'function') || owner === null) return;
  for (const name of names ?? Object.keys(owner)) {
    if (!(name in owner)) continue;
    Object.defineProperty(owner, name, { writable: false, configurable: false });
  }
}
