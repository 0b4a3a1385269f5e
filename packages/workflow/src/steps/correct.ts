import type { Step } from '../decide/step.ts';
import { askModel } from '../model-calls/ask-model.ts';
import { correctInstructions, parseCode, shorterCode } from '../signatures/code.ts';
import { codeGenerated, languageOfTask, moduleFailed, moduleOf } from './module-outcome.ts';
import { askOptions, currentEvent, type Outcome, type StepContext } from './step-context.ts';

type CorrectStep = Extract<Step, { kind: 'correct' }>;

/** Writes a module anew after a failed test, a bug report or guidance; CODE_GENERATED and CORRECTION_COMPLETED. */
export async function correct(context: StepContext, step: CorrectStep): Promise<Outcome> {
  const module = moduleOf(context, step.module);
  const { task, snapshot } = context.state;
  const language = languageOfTask(context);
  const fromScratch = step.strategy === 'from-scratch';
  const result = await askModel(
    {
      request: {
        taskId: task.taskId ?? '',
        events: context.events,
        currentEvent: currentEvent(context),
        purpose: 'correction',
        module: step.module,
      },
      instructions: correctInstructions({
        path: step.module,
        language,
        reason: step.reason,
        fromScratch,
      }),
      shorter: shorterCode,
      temperature: step.strategy === 'correct' ? 0 : 0.7,
      larger: step.strategy === 'larger-model',
      parse: (text) =>
        parseCode(text, {
          language,
          former: fromScratch ? null : (snapshot[step.module]?.content ?? null),
        }),
    },
    askOptions(context),
  );
  if (!result.ok) return [moduleFailed(module, result)];
  const generated = codeGenerated(context, { module, code: result.answer, calls: result.calls });
  return [
    generated,
    {
      eventType: 'CORRECTION_COMPLETED',
      codeVersion: generated.codeVersion,
      codeHash: generated.codeHash,
      data: { module: step.module, fromVersion: task.codeVersion },
    },
  ];
}
