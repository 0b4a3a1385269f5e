import { askModel } from '../model-calls/ask-model.ts';
import { givenTestsOf } from '../plan/given-tests.ts';
import { generateInstructions, parseCode, shorterCode } from '../signatures/code.ts';
import { codeGenerated, languageOfTask, moduleFailed, moduleOf } from './module-outcome.ts';
import { askOptions, currentEvent, type Outcome, type StepContext } from './step-context.ts';

/** Writes the first version of a module; ends in CODE_GENERATED, or in a failed MODULE_COMPLETE. */
export async function generate(context: StepContext, name: string): Promise<Outcome> {
  const module = moduleOf(context, name);
  const { task } = context.state;
  const language = languageOfTask(context);
  const judges = givenTestsOf(name, { files: task.files, order: context.state.order ?? [] });
  const result = await askModel(
    {
      request: {
        taskId: task.taskId ?? '',
        events: context.events,
        currentEvent: currentEvent(context, { eventType: 'MODULE_STARTED', module: name }),
        purpose: 'code',
        module: name,
      },
      instructions: generateInstructions({
        path: name,
        purpose: module.plan.purpose,
        language,
        judged: judges.length > 0,
      }),
      shorter: shorterCode,
      parse: (text) =>
        parseCode(text, { language, former: context.state.snapshot[name]?.content ?? null }),
    },
    askOptions(context),
  );
  return result.ok
    ? [codeGenerated(context, { module, code: result.answer, calls: result.calls })]
    : [moduleFailed(module, result)];
}
