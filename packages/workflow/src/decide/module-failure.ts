import type { ModuleProgress } from '../state/module-progress.ts';
import { givenTestsUnusable, type TaskFailure } from './endings.ts';

/** Why a task whose module has failed is given up, in words for its user. */
export function moduleFailure(module: ModuleProgress): TaskFailure {
  const { reason, fault } = module.failure ?? { reason: 'module-failed', fault: null };
  const sentences = [
    sentence(reason, module.plan.name),
    ...(fault === null ? [] : [`The last one: ${fault}`]),
    ...uncorrected(module),
  ];
  return { reason, message: sentences.join(' '), module };
}

function sentence(reason: string, name: string): string {
  switch (reason) {
    case givenTestsUnusable:
      return `The given tests of ${name} cannot be run; the failed test run says why.`;
    case 'tests-unusable':
      return `No tests of ${name} could be written that prove anything.`;
    case 'context-overflow':
      return `What a model has to be told of ${name} fits into the window of none.`;
    case 'model-unusable':
      return `No model gave an answer about ${name} that can be used.`;
    case 'model-refused':
      return `The model took no question about ${name}.`;
    default:
      return `Module ${name} could not be made to pass its tests.`;
  }
}

/** A correction that was begun and came to no code. */
function uncorrected({ correction }: ModuleProgress): readonly string[] {
  if (correction === null || correction.reason === 'test-failed') return [];
  const asked = correction.reason === 'bug-report' ? 'bug report' : 'guidance';
  return [`The ${asked} has changed nothing in the code.`];
}
