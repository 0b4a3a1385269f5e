/**
 * StateProjection over the coding catalogue: 10 000 events of one task, and 1 000 000 events of 1 000 tasks.
 *
 * Does not measure reading them: the events are in memory, as a store gives them. Payloads are
 * checked by their schemas within the fold, as they are in real use.
 *
 *   node --conditions=@org/source bench/projection.ts [--quick]
 */
import { randomUUID } from 'node:crypto';
import { type AnyEvent, StateProjection, type TaskState } from '@org/events';

const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 5 : 9;
const oneTask = 10_000;
const tasks = isQuick ? 100 : 1_000;
const perTask = 1_000;

const millis = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const long = task('long', oneTask);
for (let warm = 0; warm < 3; warm++) verify(StateProjection.rebuildState(long), oneTask);
const long10k = median(
  Array.from({ length: rounds }, () =>
    millis(() => verify(StateProjection.rebuildState(long), oneTask)),
  ),
);

/** How cost grows within one task: flat is 1. */
const [short, longer] = [task('short', 1_000), task('longer', 100_000)];
const perEvent = (events: readonly AnyEvent[]) =>
  median(Array.from({ length: rounds }, () => millis(() => StateProjection.rebuildState(events)))) /
  events.length;
const growth = perEvent(longer) / perEvent(short);

// One task's events at a time, so that a million of them need not be in memory at once.
let fold = 0;
for (let n = 0; n < tasks; n++) {
  const events = task(`task-${n}`, perTask);
  fold += millis(() => verify(StateProjection.rebuildState(events), perTask));
}
const perMillion = (fold / (tasks * perTask)) * 1_000_000;

const results = [
  ['10 000 events of one task', `${long10k.toFixed(1)} ms`, '< 50 ms'],
  ['1 000 000 events', `${(perMillion / 1_000).toFixed(2)} s`, '< 5 s'],
  ['per event, 100 000 beside 1 000 of one task', `${growth.toFixed(2)} ×`, '< 3 ×'],
];
console.table(results.map(([what, measured, goal]) => ({ what, measured, goal })));

const ratios = {
  oneTask10kOfGoal: round(long10k / 50),
  millionOfGoal: round(perMillion / 5_000),
  growth100kTo1k: round(growth),
};
const goals = { oneTask10kOfGoal: 1, millionOfGoal: 1, growth100kTo1k: 3 };
const missed = Object.entries(goals)
  .filter(([name, goal]) => !(ratios[name as keyof typeof goals] < goal)) // its own keys
  .map(([name]) => name);
console.log(JSON.stringify({ bench: 'projection', ratios, goals, missed }));

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

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
