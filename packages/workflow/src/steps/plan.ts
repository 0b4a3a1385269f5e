import { taskFailed } from '../decide/endings.ts';
import { stepEventId } from '../decide/step-id.ts';
import { chooseLanguage } from '../language.ts';
import { askModel } from '../model-calls/ask-model.ts';
import { parsePlan, planFormat, planInstructions } from '../signatures/plan.ts';
import { askOptions, currentEvent, type Outcome, type StepContext } from './step-context.ts';

/** Asks for a plan and checks it; ends in PLANNING_COMPLETE, or in TASK_FAILED when none is usable. */
export async function plan(context: StepContext): Promise<Outcome> {
  const { task } = context.state;
  const language = context.state.language ?? chooseLanguage(task, 'javascript');
  const asked = context.events.filter(
    ({ eventType, data }) =>
      eventType === 'PLANNING_COMPLETE' && 'modules' in data && data.modules.length === 0,
  ).length;
  const result = await askModel(
    {
      request: {
        taskId: task.taskId ?? '',
        events: context.events,
        currentEvent: currentEvent(context),
        purpose: 'plan',
        module: null,
      },
      instructions: planInstructions({ language, files: task.files }),
      shorter: 'Plan one or two files only, with short purposes. JSON only.',
      format: planFormat,
      // Two rounds of questions are enough: then the model has to plan with what it knows.
      parse: (text) => parsePlan(text, { language, files: task.files, mayAsk: asked < 2 }),
    },
    askOptions(context),
  );
  const calls = [...result.calls];
  if (!result.ok) {
    const failed = taskFailed(context.state, {
      reason: result.why === 'overflow' ? 'context-overflow' : 'plan-refused',
      message: result.message,
    });
    return [{ ...failed, data: { ...failed.data, calls } }];
  }
  return [
    {
      eventType: 'PLANNING_COMPLETE',
      data: {
        modules: result.answer.modules.map((module) => ({
          ...module,
          dependsOn: [...module.dependsOn],
        })),
        questions: result.answer.questions.map((text, index) => ({
          questionId: stepEventId(context.stepId, `question ${index}`),
          text,
        })),
        calls,
      },
    },
  ];
}
