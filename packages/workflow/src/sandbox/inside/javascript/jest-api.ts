import { format } from 'node:util';
import { expect } from 'expect';
import { ModuleMocker } from 'jest-mock';
import type { Body, HookMoment, Registry } from './registry.ts';

type Callback = (...args: unknown[]) => unknown;
type Mode = 'run' | 'skip' | 'todo';
type Kind = 'suite' | 'test';

/** `describe`, `it`, `test`, `expect` … as Jest has them, for tests that import or assume them. */
export function jestApi(registry: Registry): Readonly<Record<string, unknown>> {
  const describe = block(registry, 'suite', 'run');
  const test = block(registry, 'test', 'run');
  const xdescribe = block(registry, 'suite', 'skip');
  const xtest = block(registry, 'test', 'skip');
  const mocker = new ModuleMocker(globalThis);
  const hook = (moment: HookMoment) => (body: Callback) =>
    registry.hook(moment, withDone(body, body.length > 0));
  return {
    describe,
    fdescribe: describe,
    xdescribe,
    it: test,
    fit: test,
    xit: xtest,
    test,
    xtest,
    expect,
    beforeAll: hook('before'),
    afterAll: hook('after'),
    beforeEach: hook('beforeEach'),
    afterEach: hook('afterEach'),
    jest: mocks(mocker),
    vi: mocks(mocker),
  };
}

/** `only` does not hide the others: which tests count is not for one of them to say. */
function block(registry: Registry, kind: Kind, mode: Mode): Callback {
  const declare = withEach(registry, kind, mode);
  if (mode !== 'run') return declare;
  const skip = withEach(registry, kind, 'skip');
  const only = withEach(registry, kind, 'run');
  const todo = withEach(registry, kind, 'todo');
  const members = { skip, only, todo, failing: todo, concurrent: only };
  return Object.assign(declare, members);
}

function withEach(registry: Registry, kind: Kind, mode: Mode): Callback {
  const declare = (name: unknown, body?: unknown, timeoutMs?: unknown) => {
    registry[kind]({
      name: typeof name === 'function' ? name.name : String(name),
      body: typeof body === 'function' ? prepare(kind, body as Callback) : undefined,
      mode,
      timeoutMs: typeof timeoutMs === 'number' ? timeoutMs : null,
    });
  };
  const each = (table: unknown, ...values: unknown[]) => {
    const rows = isTemplate(table) ? templateRows(table, values) : Array.from(table as unknown[]);
    return (name: unknown, body: Callback, timeoutMs?: unknown) => {
      rows.forEach((row, index) => {
        const args = Array.isArray(row) ? (row as unknown[]) : [row];
        const done = kind === 'test' && body.length > args.length;
        const bound: Callback = done ? (callback) => body(...args, callback) : () => body(...args);
        Object.defineProperty(bound, 'length', { value: done ? 1 : 0 });
        declare(eachName(String(name), { row, args, index }), bound, timeoutMs);
      });
    };
  };
  return Object.assign(declare, { each });
}

function prepare(kind: Kind, body: Callback): Body {
  return kind === 'suite' ? () => body() : withDone(body, body.length > 0);
}

/** Jest hands a body that takes an argument a callback to call when it is done. */
function withDone(body: Callback, done: boolean): Body {
  if (!done) return () => body();
  return () =>
    new Promise<void>((resolve, reject) => {
      const callback = (error?: unknown) => {
        if (error === undefined || error === null) resolve();
        else reject(error instanceof Error ? error : new Error(format(error)));
      };
      callback.fail = (error: unknown) => callback(error ?? new Error('done.fail was called'));
      const result = body(callback);
      if (result instanceof Promise) result.catch(reject);
    });
}

/** `%s`, `%i`, `%#`, `$name` and `$#` in a name, as Jest fills them. */
function eachName(
  name: string,
  {
    row,
    args,
    index,
  }: { readonly row: unknown; readonly args: readonly unknown[]; readonly index: number },
): string {
  let used = 0;
  const filled = name.replaceAll(/%([sdifjoOp#%])/g, (whole, kind: string) => {
    if (kind === '%') return '%';
    if (kind === '#') return String(index);
    if (used >= args.length) return whole;
    const value = args[used++];
    return kind === 'p' ? format('%o', value) : format(`%${kind}`, value);
  });
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return filled;
  return filled.replaceAll(/\$([\w.#]+)/g, (whole, path: string) => {
    if (path === '#') return String(index);
    let value: unknown = row;
    for (const key of path.split('.')) {
      if (typeof value !== 'object' || value === null || !(key in value)) return whole;
      value = (value as Record<string, unknown>)[key];
    }
    return format('%s', value);
  });
}

function isTemplate(table: unknown): table is TemplateStringsArray {
  return Array.isArray(table) && 'raw' in table;
}

/** The rows of a tagged template: its first line names the columns. */
function templateRows(table: TemplateStringsArray, values: readonly unknown[]): readonly unknown[] {
  const columns = (table[0] ?? '').split('|').map((column) => column.trim());
  const rows: Record<string, unknown>[] = [];
  for (let start = 0; start + columns.length <= values.length; start += columns.length) {
    rows.push(Object.fromEntries(columns.map((column, index) => [column, values[start + index]])));
  }
  return rows;
}

function mocks(mocker: ModuleMocker): Readonly<Record<string, unknown>> {
  return {
    fn: mocker.fn.bind(mocker),
    spyOn: mocker.spyOn.bind(mocker),
    isMockFunction: mocker.isMockFunction.bind(mocker),
    clearAllMocks: mocker.clearAllMocks.bind(mocker),
    resetAllMocks: mocker.resetAllMocks.bind(mocker),
    restoreAllMocks: mocker.restoreAllMocks.bind(mocker),
    setTimeout: () => {},
  };
}
