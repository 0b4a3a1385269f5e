/** A test as it was declared. */
export interface DeclaredTest {
  readonly kind: 'test';
  readonly name: string;
  readonly body: Body;
  readonly timeoutMs: number | null;
}

/** A `describe`, or a file. */
export interface Suite {
  readonly kind: 'suite';
  readonly name: string;
  readonly children: (Suite | DeclaredTest)[];
  readonly hooks: { readonly [moment in HookMoment]: Body[] };
  /** What a `describe` body returned, if it must be waited for. */
  pending: Promise<unknown> | null;
}

export type HookMoment = 'before' | 'after' | 'beforeEach' | 'afterEach';

/** A body in the form that `node:test` takes; its first argument is the test's context. */
export type Body = (...args: never[]) => unknown;

export type Declare = {
  readonly name: string;
  readonly body: Body | undefined;
  readonly mode: 'run' | 'skip' | 'todo';
  readonly timeoutMs?: number | null;
};

/** The tests of a run, in the order of their declaration. */
export interface Registry {
  /** Declares what the body of `load` declares under one more suite, which is not part of names. */
  file(name: string, load: () => Promise<unknown>): Promise<void>;
  suite(declared: Declare): void;
  test(declared: Declare): void;
  hook(moment: HookMoment, body: Body): void;
  readonly files: readonly Suite[];
}

/** `skipped: 'run'` takes skipped tests for tests. Only declarations are kept: no body runs here. */
export function createRegistry(options: { readonly skipped: 'run' | 'skip' }): Registry {
  const files: Suite[] = [];
  let current: Suite | null = null;
  let closed = false;

  const here = (): Suite => {
    if (current === null || closed) {
      throw new Error('Tests, suites and hooks are declared while the test file loads, not later.');
    }
    return current;
  };
  const leftOut = (mode: Declare['mode']) =>
    mode === 'todo' || (mode === 'skip' && options.skipped === 'skip');

  return {
    files,
    async file(name, load) {
      const suite = newSuite(name);
      files.push(suite);
      current = suite;
      closed = false;
      try {
        await load();
        await settled(suite);
      } finally {
        closed = true;
      }
    },
    suite({ name, body, mode }) {
      const parent = here();
      if (leftOut(mode)) return;
      const suite = newSuite(name);
      parent.children.push(suite);
      current = suite;
      try {
        const result: unknown = body?.();
        if (result instanceof Promise) suite.pending = result;
      } finally {
        current = parent;
      }
    },
    test({ name, body, mode, timeoutMs = null }) {
      const parent = here();
      if (leftOut(mode) || body === undefined) return;
      parent.children.push({ kind: 'test', name, body, timeoutMs });
    },
    hook(moment, body) {
      here().hooks[moment].push(body);
    },
  };
}

function newSuite(name: string): Suite {
  return {
    kind: 'suite',
    name,
    children: [],
    hooks: { before: [], after: [], beforeEach: [], afterEach: [] },
    pending: null,
  };
}

async function settled(suite: Suite): Promise<void> {
  await suite.pending;
  for (const child of suite.children) if (child.kind === 'suite') await settled(child);
}

/** Each test with its full name: `suite > test`, the file in front when there are several, made unique. */
export function namedTests(files: readonly Suite[]): ReadonlyMap<DeclaredTest, string> {
  const names = new Map<DeclaredTest, string>();
  const used = new Map<string, number>();
  const walk = (suite: Suite, path: readonly string[]) => {
    for (const child of suite.children) {
      if (child.kind === 'suite') {
        walk(child, [...path, child.name]);
        continue;
      }
      const name = [...path, child.name].join(' > ').slice(0, 1000);
      const count = (used.get(name) ?? 0) + 1;
      used.set(name, count);
      names.set(child, count === 1 ? name : `${name} (${count})`);
    }
  };
  for (const file of files) walk(file, files.length > 1 ? [file.name] : []);
  return names;
}
