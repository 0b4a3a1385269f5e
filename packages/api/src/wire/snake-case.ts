/** `codeVersion` → `code_version`, as a type. */
export type SnakeCase<Name extends string> = Name extends `${infer Head}${infer Rest}`
  ? Head extends Lowercase<Head>
    ? `${Head}${SnakeCase<Rest>}`
    : `_${Lowercase<Head>}${SnakeCase<Rest>}`
  : Name;

/**
 * A value as the wire carries it: the names of objects in snake_case and every one of them there, what
 * is absent as null; the keys of records as they are.
 */
export type Wire<T> = T extends readonly (infer Item)[]
  ? readonly Wire<Item>[]
  : T extends object
    ? string extends keyof T
      ? T
      : {
          readonly [Key in keyof T as Key extends string ? SnakeCase<Key> : Key]-?:
            | Wire<Exclude<T[Key], undefined>>
            | (object extends Pick<T, Key> ? null : never);
        }
    : T;

/** A value as the wire takes it: the same names, and what may be left out may be. */
export type WireInput<T> = T extends readonly (infer Item)[]
  ? readonly WireInput<Item>[]
  : T extends object
    ? string extends keyof T
      ? T
      : {
          readonly [Key in keyof T as Key extends string ? SnakeCase<Key> : Key]: WireInput<T[Key]>;
        }
    : T;

const camelCase = /^[a-z][a-zA-Z0-9]*$/;

/** `codeVersion` → `code_version`; a name that is no camelCase word (`CRITICAL`) stays as it is. */
export function snakeCase(name: string): string {
  return camelCase.test(name)
    ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : name;
}

/** Renames every key of a JSON value; only for values without user-given keys, such as figures. */
export function snakeCaseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCaseKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [snakeCase(key), snakeCaseKeys(inner)]),
  );
}
