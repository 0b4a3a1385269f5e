import { type Event, EventType } from '@org/events';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { EventSourcedCache, loadCodeParser, NetworkedCache } from '../../src/index.ts';
import { CodingLog, tests, validators, validatorTask } from './coding-log.ts';

const source = new EventSourcedCache();
const bytes = (cache: NetworkedCache) => JSON.stringify(cache.export());

/** 50 events of one module: written, tested, corrected, over and over. */
function fiftyEvents(): CodingLog {
  const log = new CodingLog('task-50', { stepMs: 3_600_000 });
  log.add('TASK_CREATED', { prompt: 'Count to ten', language: 'python' });
  log.add('TASK_STARTED', { language: 'python' });
  for (let round = 1; log.events.length < 50; round++) {
    log.add('MODULE_ITERATION', { module: 'count.py', iteration: round, strategy: 'correct' });
    log.code(
      'count.py',
      `def count():\n    return ${round}\n\ndef helper_${round}():\n    return count()\n`,
    );
    log.run('count.py', { test_count: round % 2 === 0 ? 'passed' : 'failed' });
    log.add('CORRECTION_STARTED', {
      module: 'count.py',
      fromVersion: round,
      reason: 'test-failed',
    });
  }
  expect(log.events).toHaveLength(50);
  return log;
}

beforeAll(loadCodeParser);

describe('EventSourcedCache', () => {
  it("gate 3.15: 50 events rebuild the right cache, twice the same; until a past date gives that day's; a newer event makes an entry stale", async () => {
    const { events } = fiftyEvents();

    const cache = await source.rebuildCache(events);
    expect(cache.sequence).toBe(50);
    expect(cache.getNode('task:task-50')?.summary).toBe('Count to ten');
    expect(cache.getNode('module:count.py')).toMatchObject({
      metadata: { codeVersion: 12, iterations: 12 },
    });
    expect(cache.targets('module:count.py', 'contains')).toEqual(['func:count', 'func:helper_12']);
    expect(cache.body('func:count')).toBe('def count():\n    return 12');
    expect(bytes(await source.rebuildCache(events.toReversed()))).toBe(bytes(cache));

    const firstDay = await source.rebuildCache(events, { until: '2026-11-20' });
    const known = events.filter(({ timestamp }) => timestamp < '2026-11-21');
    expect(known.length).toBeGreaterThan(10);
    expect(known.length).toBeLessThan(20);
    expect(bytes(firstDay)).toBe(bytes(await source.rebuildCache(known)));
    expect(firstDay.body('func:count')).not.toBe(cache.body('func:count'));
    expect(bytes(await source.rebuildCache(events, { until: '2099-01-01' }))).toBe(bytes(cache));

    const entry = firstDay.getNode('func:count');
    if (entry === undefined) throw new Error('no entry');
    expect(source.isCacheStale(entry, known)).toBe(false);
    expect(source.isCacheStale(entry, events)).toBe(true);
  });

  it('makes the graph of the example: task, modules, functions, libraries, tests, corrections', async () => {
    const { events } = validatorTask();
    const cache = await source.rebuildCache(events);

    expect(cache.getNode('task:task-abc123')).toMatchObject({
      summary: 'Build email/phone validator module',
      metadata: { status: 'completed', tests: { passed: 2, total: 2 } },
    });
    expect(cache.targets('task:task-abc123', 'contains')).toEqual([
      'module:forms.py',
      'module:validators.py',
    ]);
    expect(cache.getNode('module:validators.py')).toMatchObject({
      signature: 'Email and phone validation on re and phonenumbers.',
      summary:
        'Email and phone validation on re and phonenumbers. Offers validate_email, validate_phone. Status: correcting, v2, 2/2 tests passed, 2 iterations.',
      dependencies: ['lib:phonenumbers', 'lib:re'],
      fullContentRef: 'storage://task-abc123/validators.py@2',
      metadata: { deadCode: ['validate_phone'] },
    });
    expect(cache.getNode('module:forms.py')?.dependencies).toEqual(['module:validators.py']);
    expect(cache.getNode('func:clean')?.dependencies).toEqual(['func:validate_email']);
    expect(cache.getNode('func:validate_email')).toMatchObject({
      type: 'function',
      signature: 'def validate_email(email: str) -> bool',
      summary: 'Tells whether an address is well formed.',
      dependencies: ['lib:re'],
      metadata: { inputs: ['email: str'], output: 'bool', module: 'validators.py' },
    });
    expect(cache.body('func:validate_email')).toContain('.+@.+');
    expect(cache.targets('module:validators.py', 'tested_by')).toEqual(['test:test_validators.py']);
    expect(cache.targets('test:test_validators.py', 'contains')).toEqual([
      'test:test_email_valid',
      'test:test_phone_valid',
    ]);
    expect(cache.targets('func:validate_email', 'tested_by')).toEqual(['test:test_email_valid']);
    expect(cache.getNode('concept:correction-9')).toMatchObject({
      summary:
        'Correction of validators.py v1 (test-failed): test_email_valid: expected True, got False',
      references: ['module:validators.py', 'test:test_email_valid'],
      metadata: { failureSignature: 'test_email_valid', toVersion: 2, outcome: 'passed' },
    });
    expect(cache.getNode('concept:guidance-16')?.summary).toBe('Also accept plus signs.');
    expect(cache.getNode('concept:bug-17')?.references).toEqual(['module:validators.py']);
  });

  it('names the events that each node came from', async () => {
    const { events } = validatorTask();
    const known = new Set(events.map(({ eventId }) => eventId));
    const cache = await source.rebuildCache(events);
    for (const node of cache.nodes()) {
      expect(node.eventIds.length, node.id).toBeGreaterThan(0);
      for (const eventId of node.eventIds) expect(known).toContain(eventId);
    }
    // Written by event 6, unchanged by event 11.
    expect(cache.getNode('func:validate_phone')?.eventIds).toEqual(['event-6']);
    expect(cache.getNode('func:validate_email')?.eventIds).toEqual(['event-6', 'event-11']);
  });

  it('drops what newer code no longer declares, and keeps a placeholder where it is still used', async () => {
    const log = validatorTask();
    log.code('validators.py', 'def validate_phone(phone):\n    return True\n');
    const cache = await source.rebuildCache(log.events);
    expect(cache.getNode('func:validate_email')).toBeUndefined();
    expect(cache.isPlaceholder('lib:re')).toBe(false);
    expect(cache.getNode('lib:re')).toBeUndefined();
    expect(cache.targets('module:validators.py', 'contains')).toEqual(['func:validate_phone']);
  });

  it('ties functions through files that pass names on', async () => {
    const log = new CodingLog();
    log.code('src/app.ts', "import { load } from './lib';\nexport const run = () => load();\n");
    log.code('src/lib/index.ts', "export * from './load.ts';\n");
    log.code('src/lib/load.ts', 'export function load(): void {}\n');
    const cache = await source.rebuildCache(log.events);
    expect(cache.getNode('func:run')?.dependencies).toEqual(['func:load']);
    expect(cache.getNode('module:src/app.ts')?.dependencies).toEqual(['module:src/lib/index.ts']);
  });

  it('ties a file to a module that arrives later', async () => {
    const log = new CodingLog();
    log.code('a.py', 'from b import f\n\ndef g():\n    return f()\n');
    const early = await source.rebuildCache(log.events);
    expect(early.getNode('module:a.py')?.dependencies).toEqual(['lib:b']);
    log.code('b.py', 'def f():\n    return 1\n');
    const late = source.apply(early, log.events.slice(-1));
    expect(late.getNode('module:a.py')?.dependencies).toEqual(['module:b.py']);
    expect(late.getNode('func:g')?.dependencies).toEqual(['func:f']);
    expect(late.getNode('lib:b')).toBeUndefined();
  });

  it('gives the second of two functions of one name an id of its own', async () => {
    const log = new CodingLog();
    log.code('a.py', 'def f():\n    return 1\n');
    log.code('b.py', 'def f():\n    return 2\n');
    const cache = await source.rebuildCache(log.events);
    expect(cache.body('func:f')).toContain('1');
    expect(cache.body('func:b.py#f')).toContain('2');
  });

  it('an empty history gives an empty cache', async () => {
    const cache = await source.rebuildCache([]);
    expect(cache.export()).toEqual({ format: 1, sequence: 0, nodes: [], edges: [], contents: {} });
  });

  it('takes defaults for what is missing, and passes over types it does not know', async () => {
    const log = new CodingLog();
    const types = Object.values(EventType);
    for (const type of types) log.add(type, {});
    for (const type of types) log.events.push({ ...log.add(type, {}), data: null as never });
    log.add('NO_SUCH_TYPE' as never, {} as never);
    log.add('CODE_GENERATED', { module: 'a.py', files: [{}] as never });
    log.add('TEST_FAILED', { module: 'a.py', results: [{ name: 3 }, null] as never });
    const events = log.events.map((event, index) => ({ ...event, sequence: index + 1 }));
    const cache = await source.rebuildCache(events);
    expect(cache.getNode('task:task-abc123')).toBeDefined();
    expect(cache.getNode('module:a.py')).toBeDefined();
  });

  it('applying event by event gives the same bytes as one rebuild, and so does going on from an export', async () => {
    const { events } = validatorTask();
    const whole = await source.rebuildCache(events);
    const stepped = new NetworkedCache();
    for (const event of events) source.apply(stepped, event);
    expect(bytes(stepped)).toBe(bytes(whole));
    for (const half of [3, 8, 11, 14]) {
      const first = await source.rebuildCache(events, { until: half });
      const imported = NetworkedCache.import(bytes(first));
      expect(bytes(source.apply(imported, events.slice(half))), `from ${half}`).toBe(bytes(whole));
    }
  });

  it('applying what is in already changes nothing', async () => {
    const { events } = validatorTask();
    const cache = await source.rebuildCache(events);
    const before = bytes(cache);
    expect(bytes(source.apply(cache, events))).toBe(before);
  });

  it('for any history: incremental equals rebuild, and so does any order', async () => {
    const path = fc.constantFrom('a.py', 'b.py', 'pkg/c.py', 'pkg/__init__.py');
    const name = fc.constantFrom('f', 'g', 'h');
    const line = fc.oneof(
      fc.tuple(name, name).map(([own, used]) => `def ${own}():\n    return ${used}()\n`),
      fc
        .tuple(fc.constantFrom('a', 'b', 'pkg', 'pkg.c', 're', '.c'), name)
        .map(([from, used]) => `from ${from} import ${used}\n`),
      fc.constantFrom(
        'import a, pkg.c\n',
        'from a import *\n',
        'class f(\n',
        'class C:\n    def m(self):\n        return a.f()\n',
      ),
    );
    const step = fc.oneof(
      fc.tuple(path, fc.array(line, { maxLength: 4 })).map(
        ([module, lines]) =>
          (log: CodingLog) =>
            log.code(module, lines.join('')),
      ),
      path.map((module) => (log: CodingLog) => log.run(module, { test_f: 'failed' })),
      path.map((module) => (log: CodingLog) => log.run(module, { test_f: 'passed' })),
      path.map(
        (module) => (log: CodingLog) =>
          log.add('CORRECTION_STARTED', { module, fromVersion: 1, reason: 'test-failed' }),
      ),
      fc.tuple(path, path).map(
        ([module, other]) =>
          (log: CodingLog) =>
            log.add('PLANNING_COMPLETE', {
              modules: [{ name: module, purpose: 'p', dependsOn: [other] }],
              questions: [],
            }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat(12), async (steps, cut) => {
        const log = new CodingLog();
        log.add('TASK_CREATED', {
          prompt: 'x',
          files: [{ path: 'test_f.py', content: tests, kind: 'test' }],
        });
        for (const take of steps) take(log);
        const whole = await source.rebuildCache(log.events.toReversed());
        const stepped = new NetworkedCache();
        for (const event of log.events) source.apply(stepped, event);
        expect(bytes(stepped)).toBe(bytes(whole));
        const half = await source.rebuildCache(log.events, { until: cut });
        const resumed = source.apply(NetworkedCache.import(half.export()), log.events);
        expect(bytes(resumed)).toBe(bytes(whole));
      }),
      { numRuns: 60 },
    );
  });

  it('reads a task from a store', async () => {
    const { events } = validatorTask();
    const store = {
      async *read(query: { readonly taskId?: string } = {}): AsyncGenerator<Event> {
        yield* events.filter(({ taskId }) => taskId === query.taskId);
      },
    };
    const fromStore = new EventSourcedCache({ store });
    const cache = await fromStore.rebuildCache('task-abc123');
    expect(bytes(cache)).toBe(bytes(await source.rebuildCache(events)));
    expect((await fromStore.rebuildCache('task-none')).size.nodes).toBe(0);
    await expect(source.rebuildCache('task-abc123')).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('refuses a date that is none, and events of two tasks', async () => {
    const { events } = validatorTask();
    await expect(source.rebuildCache(events, { until: 'soon' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    const other = new CodingLog('task-2').add('TASK_CREATED', { prompt: 'y' });
    await expect(source.rebuildCache([...events, other])).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    const cache = await source.rebuildCache(events);
    expect(() => source.apply(cache, { ...other, sequence: 99 })).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
  });

  describe('isCacheStale', () => {
    async function nodeOf(log: CodingLog, id: string) {
      const node = (await source.rebuildCache(log.events)).getNode(id);
      if (node === undefined) throw new Error(`no ${id}`);
      return node;
    }

    it('is true for an event whose clock the node happens before, on the same subject only', async () => {
      const log = validatorTask();
      const node = await nodeOf(log, 'func:validate_email');
      const other = log.code('forms.py', 'x = 1\n');
      expect(source.isCacheStale(node, [other])).toBe(false);
      expect(source.isCacheStale(node, [log.run('validators.py', { t: 'passed' })])).toBe(false);
      expect(source.isCacheStale(node, [log.code('validators.py', validators)])).toBe(true);
    });

    it('is true for a concurrent clock, whatever the sequence', async () => {
      const log = validatorTask();
      const node = await nodeOf(log, 'module:validators.py');
      const concurrent = {
        ...log.run('validators.py', { t: 'passed' }),
        vectorClock: { other: 1 },
        sequence: 2,
      };
      expect(source.isCacheStale(node, [concurrent])).toBe(true);
    });

    it('falls back to the sequence where a clock is empty', async () => {
      const log = validatorTask();
      const node = await nodeOf(log, 'module:validators.py');
      const run = log.run('validators.py', { t: 'passed' });
      expect(source.isCacheStale(node, [{ ...run, vectorClock: {} }])).toBe(true);
      expect(source.isCacheStale(node, [{ ...run, vectorClock: {}, sequence: 1 }])).toBe(false);
      const blind = { ...node, vectorClock: {} };
      expect(source.isCacheStale(blind, [run])).toBe(true);
      expect(source.isCacheStale({ ...blind, sequence: 99 }, [run])).toBe(false);
    });

    it('is false for every node of a cache beside the events it was made of', async () => {
      const { events } = validatorTask();
      const cache = await source.rebuildCache(events);
      for (const node of cache.nodes())
        expect(source.isCacheStale(node, events), node.id).toBe(false);
    });
  });
});
