/**
 * StateProjection over the coding catalogue: a million events, as tasks of 1 000, 10 000 and 100 000.
 *
 * Does not measure reading them: the events are in memory, as a store gives them. Payloads are
 * checked by their schemas within the fold, as they are in real use. Figures are CPU time, garbage
 * collection included.
 *
 *   pnpm bench projection [--quick]
 */
import { randomUUID } from 'node:crypto';
import { type AnyEvent, StateProjection, type TaskState } from '@org/events';
import { conclude, interleave } from './harness.ts';

const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 1 : 5;

/** The same number of events in each variant, so that what grows with a task's length shows. */
const folded = 1_000_000;
const variants = [1_000, 10_000, 100_000].map((length) => {
  const events = task('task', length);
  return {
    name: `${length}`,
    run: () => {
      for (let n = 0; n < folded / length; n++)
        verify(StateProjection.rebuildState(events), length);
    },
  };
});
const timings = await interleave(variants, { rounds });
const cpu = (name: string): number => timings.get(name)?.cpuMs ?? Number.NaN;

const oneTask = cpu('10000') / 100;
const million = cpu('1000');
const growth = cpu('100000') / cpu('1000');
console.table([
  { what: '10 000 events of one task', measured: `${oneTask.toFixed(1)} ms`, goal: '50 ms' },
  {
    what: '1 000 000 events, 1 000 a task',
    measured: `${(million / 1_000).toFixed(2)} s`,
    goal: '5 s',
  },
  {
    what: 'an event among 100 000 of its task beside one among 1 000',
    measured: `${growth.toFixed(2)} x`,
    goal: '3 x',
  },
]);
conclude(
  'projection',
  { oneTask10kOfGoal: oneTask / 50, millionOfGoal: million / 5_000, growth100kTo1k: growth },
  { oneTask10kOfGoal: { atMost: 1 }, millionOfGoal: { atMost: 1 }, growth100kTo1k: { atMost: 3 } },
);

/** The fold did all its work: nothing was skipped as odd or out of date. */
function verify(state: TaskState, count: number): void {
  const { sequence, anomalyCount, staleEvents } = state;
  if (sequence !== count || anomalyCount > 0 || staleEvents > 0 || state.codeVersion === 0) {
    throw new Error(`Wrong state: ${JSON.stringify({ sequence, anomalyCount, staleEvents })}`);
  }
}

/** A task of `count` events: five modules that are generated, tested and corrected over and over. */
function task(taskId: string, count: number): readonly AnyEvent[] {
  const modules = ['queue.js', 'store.js', 'api.js', 'cli.js', 'main.js'];
  const events: AnyEvent[] = [];
  let codeVersion = 0;
  let causationId: string | null = null;
  const add = (eventType: string, data: unknown): void => {
    if (events.length === count) return;
    const sequence: number = events.length + 1;
    const eventId: string = randomUUID();
    events.push({
      eventId,
      taskId,
      eventType,
      timestamp: '2026-11-23T10:00:00.000Z',
      sequence,
      version: sequence,
      codeVersion,
      codeHash: codeVersion === 0 ? null : `${codeVersion}`.padStart(64, '0'),
      vectorClock: { workflow: sequence },
      causationId,
      correlationId: taskId,
      schemaVersion: 1,
      data,
    });
    causationId = eventId;
  };

  add('TASK_CREATED', { prompt: 'a job queue', language: 'javascript' });
  add('TASK_STARTED', { language: 'javascript' });
  add('PLANNING_COMPLETE', {
    modules: modules.map((name) => ({ name, purpose: `the ${name}`, dependsOn: [] })),
    calls: [call()],
  });
  for (const module of modules) add('MODULE_STARTED', { module });
  for (let iteration = 1; events.length < count; iteration++) {
    for (const module of modules) {
      const results = testResults();
      add('MODULE_ITERATION', { module, iteration, strategy: 'correct' });
      add('CORRECTION_STARTED', { module, fromVersion: codeVersion, reason: 'test-failed' });
      codeVersion += 1;
      add('CODE_GENERATED', {
        module,
        iteration,
        files: [{ path: module, content: 'export {};\n'.repeat(50), hash: `${codeVersion}` }],
        calls: [call()],
      });
      add('CORRECTION_COMPLETED', { module, fromVersion: codeVersion - 1 });
      add('TEST_STARTED', {
        module,
        tests: [{ path: `${module}.test.js`, hash: 'h', origin: 'generated', content: null }],
        expected: results.map(({ name }) => name),
        sandbox: { kind: 'bubblewrap', node: '26.10.0', networkBlocked: true },
      });
      add('TEST_FAILED', {
        module,
        passed: 4,
        failed: 1,
        total: 5,
        results,
        durationMs: 120,
        output: '',
        failure: { kind: 'assertion', message: 'expected 1, got 2' },
        signature: 'test 4',
      });
      add('USER_INTERVENTION', { kind: 'guidance', text: 'mind the empty queue' });
    }
  }
  return events;
}

function testResults() {
  return Array.from({ length: 5 }, (_, index) => ({
    name: `test ${index}`,
    status: index === 4 ? 'failed' : 'passed',
    message: index === 4 ? 'expected 1, got 2' : null,
    expected: null,
    actual: null,
    durationMs: 3,
  }));
}

function call() {
  return {
    callId: 'call-1',
    model: 'qwen3:8b',
    signature: 'code',
    attempt: 1,
    outcome: 'ok',
    error: null,
    temperature: 0,
    tokens: { estimated: 4_000, prompt: 4_100, completion: 600, window: 8_192 },
    durationMs: 9_000,
    prompt: {
      hash: 'h'.repeat(64),
      builderVersion: '1',
      asOfSequence: 3,
      compressionRatio: 0.3,
      included: Array.from({ length: 10 }, (_, index) => ({
        ref: `event-${index}`,
        layer: 'recent',
        tokens: 120,
      })),
      dropped: [{ ref: 'event-x', reason: 'budget' }],
      truncated: [],
      external: {},
    },
  };
}
