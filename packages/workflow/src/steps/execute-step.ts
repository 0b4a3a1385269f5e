import type { Decision } from '../decide/decision.ts';
import type { Step } from '../decide/step.ts';
import { analyseDeadCode } from './analyse-dead-code.ts';
import { correct } from './correct.ts';
import { generate } from './generate.ts';
import { plan } from './plan.ts';
import { beginTests, runTests } from './run-tests.ts';
import type { Outcome, StepContext } from './step-context.ts';
import { writeTests } from './write-tests.ts';

/** What has to stand in the log before a step's work begins; empty when it does already. */
export async function beginStep(
  context: StepContext,
  decision: Extract<Decision, { do: 'step' }>,
): Promise<Outcome> {
  const { step } = decision;
  return step.kind === 'test' && context.state.modules[step.module]?.phase !== 'testing'
    ? beginTests(context, step.module)
    : decision.begin;
}

/** Does a step's work. Pure but for the model, the sandbox and the parser that it asks. */
export function executeStep(context: StepContext, step: Step): Promise<Outcome> {
  switch (step.kind) {
    case 'plan':
      return plan(context);
    case 'generate':
      return generate(context, step.module);
    case 'write-tests':
      return writeTests(context, step);
    case 'test':
      return runTests(context, step.module);
    case 'correct':
      return correct(context, step);
    case 'analyse':
      return analyseDeadCode(context);
  }
}
