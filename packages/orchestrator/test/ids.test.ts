import { inspect } from 'node:util';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type JsonValue, type Task, TaskOrchestrator } from '../src/index.ts';
import { heldWork, nextTurn } from '../src/testing/index.ts';

describe('ids', () => {
  it('rejects a duplicate of a task that is unfinished or still remembered', async () => {
    const orchestrator = new TaskOrchestrator();
    const first = orchestrator.submit({ id: 'a', run: () => 1 });
    const duplicate = () => orchestrator.submit({ id: 'a', run: () => 2 });
    expect(duplicate).toThrow(expect.objectContaining({ code: 'DUPLICATE_TASK', taskId: 'a' }));
    expect(await first.result).toBe(1);
    expect(duplicate).toThrow('already known (completed)');
    expect(orchestrator.stats()).toMatchObject({ submitted: 1, completed: 1 });
  });

  it('gives the same handle with onDuplicate: "join"', async () => {
    const orchestrator = new TaskOrchestrator();
    let runs = 0;
    const task = {
      id: 'a',
      onDuplicate: 'join',
      run: () => {
        runs += 1;
        return runs;
      },
    } as const;
    const first = orchestrator.submit(task);
    expect(orchestrator.submit(task)).toBe(first);
    expect(await first.result).toBe(1);
    expect(orchestrator.submit(task)).toBe(first);
    expect(runs).toBe(1);
  });

  it('remembers the latest finished ones, as many as it is told', async () => {
    const orchestrator = new TaskOrchestrator({ rememberFinished: 2 });
    for (const id of ['a', 'b', 'c']) orchestrator.submit({ id, run: () => id });
    await orchestrator.onIdle();
    expect(['a', 'b', 'c'].map((id) => orchestrator.get(id)?.state)).toEqual([
      undefined,
      'completed',
      'completed',
    ]);
    orchestrator.submit({ id: 'a', run: () => 'again' });
    expect(orchestrator.forget('b')).toBe(true);
    expect(orchestrator.forget('b')).toBe(false);
    expect(orchestrator.forget('a')).toBe(false);
    expect(orchestrator.submit({ id: 'b', run: () => {} }).state).toBe('queued');
  });

  it('forgets at once with rememberFinished: 0', async () => {
    const orchestrator = new TaskOrchestrator({ rememberFinished: 0 });
    orchestrator.submit({ id: 'a', run: () => {} });
    await orchestrator.onIdle();
    expect(orchestrator.get('a')).toBeUndefined();
    orchestrator.submit({ id: 'a', run: () => {} });
  });

  it('are made by generateId when first asked for, and known from then on', async () => {
    const made: string[] = [];
    const generateId = () => {
      made.push(`made ${made.length}`);
      return made.at(-1) ?? '';
    };
    const orchestrator = new TaskOrchestrator({ generateId });
    const work = heldWork();
    const handle = orchestrator.submit({ run: work.run });
    orchestrator.submit({ id: 'made 0', run: () => {} });
    expect(made).toEqual([]);
    expect(handle.id).toBe('made 1');
    expect(handle.id).toBe('made 1');
    expect(orchestrator.get('made 1')).toBe(handle);
    const finished = orchestrator.submit({ run: () => {} });
    await nextTurn();
    expect(finished.state).toBe('completed');
    expect(orchestrator.get(finished.id)).toBe(finished);
    const dependent = orchestrator.submit({ dependsOn: [finished.id], run: () => 'after' });
    expect(await dependent.result).toBe('after');
  });

  it('says so when generateId gives nothing new', () => {
    const orchestrator = new TaskOrchestrator({ generateId: () => 'same' });
    expect(orchestrator.submit({ run: () => {} }).id).toBe('same');
    const handle = orchestrator.submit({ run: () => {} });
    expect(() => handle.id).toThrow(expect.objectContaining({ code: 'DUPLICATE_TASK' }));
  });
});

describe('a handle', () => {
  it('has the type of its value, and shows in logs and JSON what it is, no more', async () => {
    const orchestrator = new TaskOrchestrator();
    const handle = orchestrator.submit({ id: 'a', run: async () => ['value'] });
    orchestrator.submit({ run: () => {} });
    expectTypeOf(handle.result).toEqualTypeOf<Promise<string[]>>();
    const shown = { id: 'a', state: 'queued', priority: 20, attempt: 0 };
    expect(JSON.parse(JSON.stringify(handle))).toEqual(shown);
    expect(inspect(handle)).toBe(inspect(shown));
    await orchestrator.onIdle();
  });
});

describe('kinds', () => {
  it('run their handler with the payload and the context', async () => {
    const orchestrator = new TaskOrchestrator();
    orchestrator.register('add', ({ a, b }: { a: number; b: number }, { attempt }) => [
      a + b,
      attempt,
    ]);
    const handle = orchestrator.submit<number[]>({ kind: 'add', payload: { a: 1, b: 2 } });
    expect(await handle.result).toEqual([3, 1]);
  });

  it('must be registered, once', () => {
    const orchestrator = new TaskOrchestrator();
    orchestrator.register('known', () => {});
    expect(() => orchestrator.submit({ kind: 'unknown' })).toThrow(
      'No handler is registered for kind "unknown" (registered: known)',
    );
    expect(() => orchestrator.register('known', () => {})).toThrow('not registered yet');
  });

  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  it.each([
    ['a function', () => {}],
    ['undefined inside', { a: [undefined] }],
    ['NaN', Number.NaN],
    ['a date', new Date(0)],
    ['a bigint', 1n],
    ['a cycle', cyclic],
    ['a map', new Map()],
  ])('refuse a payload that JSON does not carry unchanged: %s', (_name, payload) => {
    const orchestrator = new TaskOrchestrator();
    orchestrator.register('any', () => {});
    expect(() => orchestrator.submit({ kind: 'any', payload: payload as JsonValue })).toThrow(
      expect.objectContaining({ code: 'INVALID_TASK', field: 'payload' }),
    );
  });

  it('take a payload that shares parts', async () => {
    const orchestrator = new TaskOrchestrator();
    orchestrator.register('any', (payload: JsonValue) => payload);
    const part = { x: [1, 'a', null, true] };
    const payload = { part, again: part, empty: Object.create(null) };
    expect(await orchestrator.submit({ kind: 'any', payload }).result).toBe(payload);
  });
});

describe('a malformed task', () => {
  it.each([
    [undefined, 'task'],
    [{}, 'run'],
    [{ run: 'text' }, 'run'],
    [{ run: () => {}, id: '' }, 'id'],
    [{ run: () => {}, id: 7 }, 'id'],
    [{ run: () => {}, key: '' }, 'key'],
    [{ run: () => {}, dependsOn: 'a' }, 'dependsOn'],
    [{ run: () => {}, dependsOn: [1] }, 'dependsOn'],
    [{ run: () => {}, signal: {} }, 'signal'],
    [{ run: () => {}, preemptible: 'yes' }, 'preemptible'],
    [{ run: () => {}, onDuplicate: 'ignore' }, 'onDuplicate'],
    [{ run: () => {}, isolation: 'process' }, 'isolation'],
    [{ run: () => {}, isolation: 'thread' }, 'run'],
    [{ isolation: 'thread' }, 'module'],
    [{ isolation: 'thread', module: './relative.js' }, 'module'],
    [{ module: 'file:///a.js' }, 'isolation'],
    [{ run: () => {}, submitTimeoutMs: -5 }, 'submitTimeoutMs'],
    [{ run: () => {}, retry: null }, 'retry'],
    [{ run: () => {}, retry: 3 }, 'retry'],
  ])('%o is refused, naming %s, and leaves no trace', (task, field) => {
    const orchestrator = new TaskOrchestrator();
    expect(() => orchestrator.submit(task as Task)).toThrow(
      expect.objectContaining({ code: 'INVALID_TASK', field }),
    );
    expect(orchestrator.stats()).toMatchObject({ submitted: 0, queued: 0 });
  });
});
