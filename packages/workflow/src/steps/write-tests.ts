import type { NewEvent } from '@org/events';
import type { Step } from '../decide/step.ts';
import { fileNames } from '../language.ts';
import { askModel } from '../model-calls/ask-model.ts';
import { parseCode, shorterCode, testInstructions } from '../signatures/code.ts';
import { sha256 } from '../state/code-snapshot.ts';
import { worthlessTests } from '../test-runner.ts';
import { languageOfTask, moduleFailed, moduleOf } from './module-outcome.ts';
import { supportFiles } from './run-tests.ts';
import { askOptions, currentEvent, type Outcome, type StepContext } from './step-context.ts';

type WriteTestsStep = Extract<Step, { kind: 'write-tests' }>;

/** Rounds of writing tests: none of the first may prove anything. */
const rounds = 2;

/**
 * Writes a module's tests from the requirements and keeps those that fail on a throwing stub; ends in
 * TEST_STARTED, which the run itself follows, or in a failed MODULE_COMPLETE.
 */
export async function writeTests(context: StepContext, step: WriteTestsStep): Promise<Outcome> {
  const module = moduleOf(context, step.module);
  const { task, snapshot } = context.state;
  const language = languageOfTask(context);
  const testPath = fileNames[language].testFor(step.module);
  const files = Object.values(snapshot);
  let calls = context.earlierCalls;
  let problem = 'no test was written';
  for (let round = 0; round < rounds; round += 1) {
    const result = await askModel(
      {
        request: {
          taskId: task.taskId ?? '',
          events: context.events,
          currentEvent: currentEvent(context, {
            eventType: step.rewrite ? 'MODULE_ITERATION' : 'CODE_GENERATED',
            module: step.module,
          }),
          purpose: 'tests',
          module: step.module,
        },
        instructions: [
          testInstructions({
            path: step.module,
            testPath,
            purpose: module.plan.purpose,
            language,
            rewrite: step.rewrite,
          }),
          ...(round === 0 ? [] : [`The tests you wrote before were of no use: ${problem}`]),
        ].join('\n\n'),
        shorter: shorterCode,
        temperature: step.rewrite || round > 0 ? 0.7 : 0,
        parse: (text) => parseCode(text, { language, former: null }),
      },
      // Only the first call can still go to another host's line.
      { ...askOptions(context), earlier: calls, ...(round === 0 ? {} : { host: null }) },
    );
    calls = result.calls;
    if (!result.ok) return [moduleFailed(module, result)];
    const tests = [{ path: testPath, content: result.answer }];
    const support = supportFiles(context, tests);
    const request = { language, files, tests, support, limits: context.testLimits };
    const collected = await context.testRunner.collect(request, { signal: context.signal });
    if (!collected.ok) {
      problem = collected.failure.message;
      continue;
    }
    const run = { ...request, expected: collected.names };
    const worthless = await worthlessTests(context.testRunner, run, { signal: context.signal });
    const expected = collected.names.filter((name) => !worthless.includes(name));
    if (expected.length === 0) {
      problem = 'each of them passes even where the code under test only throws.';
      continue;
    }
    const started: NewEvent = {
      eventType: 'TEST_STARTED',
      data: {
        module: step.module,
        tests: [
          {
            path: testPath,
            content: result.answer,
            hash: sha256(result.answer),
            origin: step.rewrite ? 'rewritten' : 'generated',
          },
        ],
        expected,
        dropped: [...worthless],
        sandbox: context.testRunner.sandbox,
        calls: [...calls],
      },
    };
    return [started];
  }
  return [moduleFailed(module, { why: 'tests-unusable', message: problem, calls })];
}
