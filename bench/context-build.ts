/**
 * The whole context of one model call for a task with 1 000 events, beside what a naive agent sends: the
 * last events as JSON, as many as the window holds.
 *
 *  - next: the task is known, one event has come since the last call; what the product does
 *  - cold: nothing is known, the log is folded and its code parsed first, as after a restart
 *  - rebuild: the exact prompt of a recorded call, written again from the log
 *  - and alone: a summary of 1 000 events, and of a module of 10 000 lines without a model
 *
 * CPU time of the process, which on an idle machine is the elapsed time and on a busy one steadier.
 *
 * No model is called: the one given refuses to. Both sides must stay inside the window.
 *
 * Not measured: reading the log from disk; and whether the context is better, which is what
 * `evals/retention` is for.
 *
 *   pnpm bench context-build [--quick]
 */
import { createHash } from 'node:crypto';
import {
  type AssembledContext,
  ContextManager,
  EventSummarizer,
  loadCodeParser,
  ModuleSummarizer,
} from '@org/context';
import { codingEvents, type Event, type EventType } from '@org/events';
import { estimatingCounter, type LanguageModel, modelProfile } from '@org/models';
import { conclude, interleave } from './harness.ts';

const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 15 : 60;
const sizes = isQuick ? [100, 1_000] : [100, 300, 1_000, 3_000, 10_000];
const limitMs = 30;

const model: LanguageModel = {
  id: 'mistral:7b',
  host: 'http://127.0.0.1:11434',
  profile: modelProfile('mistral:7b'),
  tokens: estimatingCounter('mistral'),
  generate: () => Promise.reject(new Error('a context asked a model')),
};

await loadCodeParser();
console.log('events    next ms   cold ms   rebuild ms   last events ms   tokens   of the log');
const figures = new Map<number, Awaited<ReturnType<typeof measure>>>();
for (const size of sizes) figures.set(size, await measure(size));
const thousand = figures.get(1_000);
if (thousand === undefined) throw new Error('1 000 events were not measured');
const smallest = figures.get(100);
const alone = await measureSummaries();
console.log(
  `1 000 events summarised: ${alone.events.toFixed(1)} ms; 10 000 lines: ${alone.lines.toFixed(0)} ms`,
);
conclude(
  'context-build',
  {
    'next ms at 1 000 events': thousand.next,
    'cold ms at 1 000 events': thousand.cold,
    'next / last events': thousand.next / thousand.naive,
    'next at 1 000 / at 100': thousand.next / (smallest?.next ?? Number.NaN),
    'summary of 1 000 events ms': alone.events,
    'summary of 10 000 lines ms': alone.lines,
  },
  {
    'next ms at 1 000 events': { atMost: limitMs },
    'summary of 1 000 events ms': { atMost: 100 },
    'summary of 10 000 lines ms': { atMost: 1_000 },
  },
);

async function measure(size: number) {
  const events = taskLog(size + rounds + 10);
  const contexts = new ContextManager({ models: [model] });
  let end = size;
  let context: AssembledContext | null = null;
  await contexts.assemble(requestAt(events, end));
  const timings = await interleave(
    [
      {
        name: 'next',
        run: async () => {
          end += 1;
          context = await contexts.assemble(requestAt(events, end));
          checkWindow(context.messages.map(({ content }) => content).join('\n'));
        },
      },
      { name: 'naive', run: () => checkWindow(lastEvents(events.slice(0, end))) },
    ],
    { rounds, warmUps: 5 },
  );
  const once = await interleave(
    [
      {
        name: 'cold',
        run: async () => {
          await new ContextManager({ models: [model] }).assemble(requestAt(events, size));
        },
      },
      {
        name: 'rebuild',
        run: async () => {
          if (context === null) throw new Error('nothing to rebuild');
          await contexts.rebuild({
            taskId: 'task',
            events,
            call: { callId: 'call', prompt: context.record },
          });
        },
      },
    ],
    { rounds: Math.max(3, Math.floor(rounds / 5)) },
  );
  const of = (table: typeof timings, name: string) => table.get(name)?.cpuMs ?? Number.NaN;
  const result = {
    next: of(timings, 'next'),
    naive: of(timings, 'naive'),
    cold: of(once, 'cold'),
    rebuild: of(once, 'rebuild'),
  };
  // Assigned in the closure above.
  const { tokens, compressionRatio } = context as unknown as AssembledContext;
  console.log(
    [
      String(size).padEnd(8),
      result.next.toFixed(2).padStart(8),
      result.cold.toFixed(1).padStart(9),
      result.rebuild.toFixed(1).padStart(12),
      result.naive.toFixed(2).padStart(16),
      String(tokens).padStart(8),
      `${(100 / compressionRatio).toFixed(1)} %`.padStart(12),
    ].join(''),
  );
  return result;
}

async function measureSummaries() {
  const events = taskLog(1_000);
  const lines = Array.from(
    { length: 2_500 },
    (_, n) => `def step_${n}(value):\n    total = value + ${n}\n    return total\n`,
  );
  const timings = await interleave(
    [
      { name: 'events', run: () => void new EventSummarizer().summarize(events) },
      {
        name: 'lines',
        run: async () => {
          const sourceCode = lines.join('\n');
          const { functions } = await new ModuleSummarizer().summarize({
            moduleName: 'a.py',
            sourceCode,
          });
          if (functions.length !== lines.length) throw new Error('functions were lost');
        },
      },
    ],
    { rounds: 5 },
  );
  const of = (name: string) => timings.get(name)?.cpuMs ?? Number.NaN;
  return { events: of('events'), lines: of('lines') };
}

function requestAt(events: readonly Event[], end: number) {
  const seen = events.slice(0, end);
  const currentEvent = seen.at(-1);
  if (currentEvent === undefined) throw new Error('an empty log');
  return {
    taskId: 'task',
    events: seen,
    currentEvent,
    purpose: 'code' as const,
    module: 'm7.ts',
    instructions: 'Write m7.ts whole, in one fenced block.',
  };
}

/** As many of the last events as the window holds. */
function lastEvents(events: readonly Event[]): string {
  const room = model.profile.contextWindow - model.profile.maxOutputTokens;
  let text = '';
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const longer = `${JSON.stringify(events[index])}\n${text}`;
    if (model.tokens.count(longer) > room) break;
    text = longer;
  }
  return text;
}

function checkWindow(text: string): void {
  if (model.tokens.count(text) > model.profile.contextWindow) throw new Error('above the window');
}

/** 20 modules of 10 functions, written and corrected in turn. */
function taskLog(size: number): readonly Event[] {
  const names = Array.from({ length: 20 }, (_, index) => `m${index}.ts`);
  const events: Event[] = [];
  let codeVersion = 0;
  const add = (eventType: EventType, data: object) => {
    const version = events.length + 1;
    const eventId = idOf(version);
    // The schema gives the payload of this very type.
    events.push({
      eventId,
      taskId: 'task',
      eventType,
      timestamp: new Date(Date.UTC(2026, 10, 23) + version * 1_000).toISOString(),
      sequence: version,
      version,
      codeVersion,
      codeHash: null,
      vectorClock: { worker: version },
      causationId: version === 1 ? null : idOf(version - 1),
      correlationId: null,
      schemaVersion: 1,
      data: codingEvents.definitions[eventType].parse(data),
    } as Event);
  };
  add('TASK_CREATED', { prompt: 'Build an order system. Prices are in cents, never negative.' });
  add('TASK_STARTED', { language: 'typescript' });
  add('PLANNING_COMPLETE', {
    modules: names.map((name, index) => ({
      name,
      purpose: `Part ${index} of the order system.`,
      dependsOn: names.slice(Math.max(0, index - 2), index),
    })),
  });
  for (let n = 0; events.length < size; n += 1) {
    const module = names[n % names.length] ?? '';
    const iteration = Math.floor(n / names.length) + 1;
    add('MODULE_ITERATION', { module, iteration, strategy: 'correct' });
    codeVersion += 1;
    const content = source(n % names.length, iteration);
    const hash = createHash('sha256').update(content).digest('hex');
    add('CODE_GENERATED', { module, iteration, files: [{ path: module, content, hash }] });
    const results = ['adds', 'rejects'].map((name) => ({
      name: `${module} ${name}`,
      status: name === 'rejects' ? 'failed' : 'passed',
      message: name === 'rejects' ? 'Expected values to be strictly equal' : null,
      expected: name === 'rejects' ? '0' : null,
      actual: name === 'rejects' ? '-1' : null,
      durationMs: 1,
    }));
    add('TEST_FAILED', {
      module,
      passed: 1,
      failed: 1,
      total: 2,
      results,
      durationMs: 12,
      output: '',
      failure: { kind: 'assertion', message: '1 failed' },
      signature: module,
    });
  }
  return events.slice(0, size);
}

function source(index: number, iteration: number): string {
  const imports = index > 0 ? `import { price${index - 1} } from './m${index - 1}.ts';\n\n` : '';
  const functions = Array.from(
    { length: 10 },
    (_, n) =>
      `/** Step ${n} of part ${index}. */\nexport function ${n === 0 ? `price${index}` : `step${index}x${n}`}(cents: number, count: number): number {\n  return ${index > 0 ? `price${index - 1}(cents, count)` : 'cents * count'} + ${n * iteration};\n}\n`,
  );
  return imports + functions.join('\n');
}

function idOf(version: number): string {
  const hex = createHash('sha256').update(String(version)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
