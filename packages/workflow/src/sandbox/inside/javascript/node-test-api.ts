import nodeTest from 'node:test';
import type { Body, HookMoment, Registry } from './registry.ts';

type Declare = (...args: unknown[]) => Promise<void>;

/** `node:test` for the tests: the same names and arguments, only that it collects first. */
export function nodeTestApi(registry: Registry): object {
  const test = modes(registry, 'test');
  const suite = modes(registry, 'suite');
  const hook = (moment: HookMoment) => (body: Body) => registry.hook(moment, body);
  const members = {
    test,
    it: test,
    suite,
    describe: suite,
    before: hook('before'),
    after: hook('after'),
    beforeEach: hook('beforeEach'),
    afterEach: hook('afterEach'),
    mock: nodeTest.mock,
  };
  return Object.assign(test, members, { default: test });
}

function modes(registry: Registry, kind: 'suite' | 'test'): Declare {
  const members = {
    skip: declare(registry, kind, 'skip'),
    todo: declare(registry, kind, 'todo'),
    only: declare(registry, kind, 'run'),
  };
  return Object.assign(declare(registry, kind, 'run'), members);
}

function declare(
  registry: Registry,
  kind: 'suite' | 'test',
  mode: 'run' | 'skip' | 'todo',
): Declare {
  return (...args) => {
    const body = args.find((arg): arg is Body => typeof arg === 'function');
    const options = args.find(isOptions) ?? {};
    const name = typeof args[0] === 'string' ? args[0] : body?.name || '<anonymous>';
    registry[kind]({
      name,
      body,
      mode: options.todo ? 'todo' : options.skip ? 'skip' : mode,
      timeoutMs: typeof options.timeout === 'number' ? options.timeout : null,
    });
    return Promise.resolve();
  };
}

function isOptions(
  value: unknown,
): value is { readonly skip?: unknown; readonly todo?: unknown; readonly timeout?: unknown } {
  return typeof value === 'object' && value !== null;
}
