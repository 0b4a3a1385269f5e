import { type Event, EventType } from '@org/events';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { EventSourcedCache, loadCodeParser, NetworkedCache } from '../../src/index.ts';

const eventTypes = Object.values(EventType);

/** Names that mean something, and some that objects have too. */
const name = fc.constantFrom(
  'a.py',
  'b.ts',
  '',
  '__proto__',
  'constructor',
  '\ud800',
  '😀',
  'a\nb',
);
const scalar = fc.oneof(name, fc.constantFrom(null, true, 0, -1, 1e21));
const code = fc.constantFrom('def f():\n  return g(', 'export const a = 1;', '', '\ud800{', '`');
const item = fc.oneof(
  scalar,
  fc.record(
    {
      name,
      path: fc.oneof(name, scalar),
      content: fc.oneof(code, scalar),
      kind: fc.constantFrom('source', 'test', 'reference', null),
      purpose: scalar,
      dependsOn: fc.oneof(fc.array(scalar, { maxLength: 2 }), scalar),
      status: fc.constantFrom('passed', 'failed', 7),
      message: scalar,
      origin: scalar,
      module: scalar,
      names: fc.oneof(fc.array(scalar, { maxLength: 2 }), scalar),
    },
    { requiredKeys: [] },
  ),
);
const value = fc.oneof(scalar, code, item, fc.array(item, { maxLength: 3 }));
const fields = [
  ...['prompt', 'answers', 'priority', 'language', 'files', 'modules', 'module', 'purpose'],
  ...['iteration', 'tests', 'expected', 'passed', 'failed', 'total', 'results', 'failure'],
  ...['signature', 'fromVersion', 'reason', 'outcome', 'summary', 'description', 'accepted'],
  ...['kind', 'text', 'plan', 'findings', 'message', 'dependsOn'],
];
const payload = fc.oneof(
  { weight: 9, arbitrary: fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 12 }) },
  { weight: 1, arbitrary: value },
);

beforeAll(loadCodeParser);

it('folds any payload of any type, and what comes of it can be exported, imported and asked', async () => {
  const events = fc.array(fc.tuple(fc.constantFrom(...eventTypes), payload), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(events, async (made) => {
      const log = made.map(([eventType, data], i) => ({
        eventId: `event-${i}`,
        taskId: 'task-1',
        eventType,
        data,
        timestamp: '2026-11-20T08:00:00.000Z',
        sequence: i + 1,
        version: i + 1,
        codeVersion: i,
        codeHash: null,
        vectorClock: {},
        causationId: i === 0 ? null : `event-${i - 1}`,
        correlationId: null,
        schemaVersion: 1,
      }));
      // As a log that was damaged, or written by another program, would give them.
      const cache = await new EventSourcedCache().rebuildCache(log as unknown as Event[]);
      const exported = cache.export();
      expect(NetworkedCache.import(JSON.stringify(exported)).export()).toEqual(exported);
      cache.retrieve({ seeds: ['task:task-1'], query: 'a', maxTokens: 500 });
    }),
    { numRuns: 300 },
  );
});
