import type { Language, ModelCall } from '@org/events';
import { moduleComplete } from '../decide/endings.ts';
import { chooseLanguage } from '../language.ts';
import { codeHash, sourceFile, withFiles } from '../state/code-snapshot.ts';
import type { ModuleProgress } from '../state/module-progress.ts';
import type { OutcomeEvent, StepContext } from './step-context.ts';

/** The module that a step is about. */
export function moduleOf(context: StepContext, name: string): ModuleProgress {
  const module = context.state.modules[name];
  if (module === undefined)
    throw new Error(`step ${context.stepId}: no module ${name} in the plan`);
  return module;
}

export function languageOfTask(context: StepContext): Language {
  return context.state.language ?? chooseLanguage(context.state.task, 'javascript');
}

/** The next code version: the task's snapshot with this module's file replaced. */
export function codeGenerated(
  context: StepContext,
  change: {
    readonly module: ModuleProgress;
    readonly code: string;
    readonly calls: readonly ModelCall[];
  },
): OutcomeEvent & { readonly codeVersion: number; readonly codeHash: string } {
  const { name } = change.module.plan;
  const codeVersion = context.state.task.codeVersion + 1;
  const files = [sourceFile(name, change.code)];
  return {
    eventType: 'CODE_GENERATED',
    codeVersion,
    codeHash: codeHash(withFiles(context.state.snapshot, { files, codeVersion })),
    data: { module: name, iteration: change.module.iterations, files, calls: [...change.calls] },
  };
}

/** The end of a module for which no usable answer came. */
export function moduleFailed(
  module: ModuleProgress,
  failure: { readonly why: string; readonly message: string; readonly calls: readonly ModelCall[] },
): OutcomeEvent {
  const { why } = failure;
  const reason =
    why === 'overflow' ? 'context-overflow' : why === 'tests-unusable' ? why : `model-${why}`;
  const failed = moduleComplete(module, { outcome: 'failed', reason });
  return { ...failed, data: { ...failed.data, calls: [...failure.calls] } };
}
