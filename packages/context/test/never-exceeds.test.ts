import { estimatingCounter, type LanguageModel, promptSize } from '@org/models';
import { loadMistralCounter } from '@org/models/mistral';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ContextManager,
  isContextError,
  referencesIn,
  resolveReference,
  taskView,
} from '../src/index.ts';
import { silentModel } from './models.ts';
import { TaskLog } from './task-log.ts';

const exact = await loadMistralCounter();
const estimate = estimatingCounter('mistral');

const names = ['a.py', 'b.py', 'deep/c.py', 'constructor', 'ünï.py'] as const;
const words = fc.oneof(
  fc.lorem({ mode: 'sentences', maxCount: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom(
    '请写一个验证电子邮件地址的模块。'.repeat(20),
    '👩‍👩‍👧‍👦🇩🇪'.repeat(30),
    '[→ nowhere] ``` ~~~',
    '0f3a9c'.repeat(100),
  ),
);
const code = fc
  .array(fc.tuple(fc.constantFrom('load', 'save', 'check_it', 'parse'), fc.nat(99), words), {
    maxLength: 30,
  })
  .map((parts) =>
    parts
      .map(
        ([name, n, doc]) =>
          `def ${name}_${n}(value: int) -> str:\n    """${doc}"""\n    return save_${n}(value)\n`,
      )
      .join('\n'),
  );

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('iterate' as const),
      module: fc.constantFrom(...names),
      code,
      fails: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('say' as const), text: words }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      module: fc.constantFrom(...names),
      text: words,
    }),
  },
);

const scenario = fc.record({
  prompt: words,
  given: fc.option(words, { nil: null }),
  steps: fc.array(step, { maxLength: 8 }),
  instructions: words,
  purpose: fc.constantFrom(
    'plan' as const,
    'code' as const,
    'tests' as const,
    'correction' as const,
    'summary' as const,
  ),
  module: fc.option(fc.constantFrom(...names), { nil: null }),
  windows: fc.uniqueArray(fc.integer({ min: 1_200, max: 12_000 }), { minLength: 1, maxLength: 3 }),
  generationTokens: fc.option(fc.integer({ min: 1, max: 6_000 }), { nil: undefined }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

function logOf({ prompt, given, steps }: Scenario): TaskLog {
  const files =
    given === null ? [] : [{ path: 'test_a.py', content: given, kind: 'test' as const }];
  const log = new TaskLog().plan(
    prompt,
    [['a.py'], ['b.py', 'a.py'], ['deep/c.py', 'b.py', 'a.py'], ['constructor', 'deep/c.py']],
    files,
  );
  for (const event of steps) {
    if (event.kind === 'iterate')
      log.iterate(event.module, event.code, {
        tests: ['test_x', 'test_y'],
        failing: event.fails ? ['test_y'] : [],
      });
    else if (event.kind === 'say')
      log.add('USER_INTERVENTION', { kind: 'guidance', text: event.text });
    else
      log.add('BUG_REPORT_RECEIVED', {
        module: event.module,
        description: event.text,
        against: { codeVersion: null, codeHash: null, vectorClock: null },
        accepted: true,
      });
  }
  return log;
}

async function assembled(given: Scenario, tokens: typeof exact) {
  const log = logOf(given);
  const models: LanguageModel[] = given.windows
    .toSorted((a, b) => a - b)
    .map((contextWindow) => silentModel(`mistral:${contextWindow}`, { contextWindow, tokens }));
  const contexts = new ContextManager({ models });
  const { instructions, purpose, module, generationTokens } = given;
  const request = {
    taskId: log.taskId,
    events: log.events,
    currentEvent: log.last,
    instructions,
    purpose,
    module,
    generationTokens,
  };
  const context = await contexts.assemble(request).catch((error: unknown) => {
    // The one honest way out: what may not be cut fits no model.
    if (isContextError(error, 'CONTEXT_OVERFLOW')) return null;
    throw error;
  });
  return { log, contexts, context, request };
}

describe('whatever the task, the models and the words', () => {
  it('never exceeds the chosen window by the exact count, answer included', {
    timeout: 60_000,
  }, async () => {
    let built = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { context } = await assembled(given, exact);
        if (context === null) return;
        built += 1;
        const { planned } = promptSize(context.model, context.messages);
        expect(planned).toBeLessThanOrEqual(0.8 * context.window);
        expect(planned + context.maxOutputTokens).toBeLessThanOrEqual(context.window);
        expect(context.maxOutputTokens).toBeGreaterThanOrEqual(
          Math.min(1_024, given.generationTokens ?? 1_024),
        );
      }),
      { numRuns: 25 },
    );
    expect(built).toBeGreaterThan(7);
  });

  it('never exceeds the window when it can only estimate', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { context } = await assembled(given, estimate);
        if (context === null) return;
        const tokens = context.messages.reduce((sum, { content }) => sum + exact.count(content), 0);
        expect(tokens).toBeLessThanOrEqual(context.window);
      }),
      { numRuns: 30 },
    );
  });

  it('has the instructions at its end and every reference resolves; a rebuild gives the same bytes', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { context, log, contexts } = await assembled(given, estimate);
        if (context === null) return;
        const text = context.messages[1]?.content ?? '';
        expect(text.endsWith(given.instructions)).toBe(true);
        const { graph } = taskView(log.taskId, log.events);
        const ours = text.slice(0, text.length - given.instructions.length);
        for (const label of referencesIn(ours))
          expect(resolveReference(graph, label), label).not.toBeNull();
        const call = { callId: 'call-1', prompt: context.record };
        const rebuilt = await contexts.rebuild({ taskId: log.taskId, events: log.events, call });
        expect(rebuilt.messages).toEqual(context.messages);
      }),
      { numRuns: 30 },
    );
  });
});
