import type { EventEnvelope } from '../../event.ts';
import type { SourceFile } from '../coding-events.ts';
import { withModule } from '../module-state.ts';
import type { Reducer } from '../reducer.ts';
import type { TaskState } from '../task-state.ts';

/** New code: in a correction it is not done yet, else it is to be tested. */
export const codeGenerated: Reducer<'CODE_GENERATED'> = (state, event) =>
  withModule(withCodeVersion(state, event), event.data.module, (module) => ({
    ...module,
    status: module.status === 'correcting' ? 'correcting' : 'running',
    iterations: Math.max(module.iterations, event.data.iteration),
    codeVersion: event.codeVersion,
    codeHash: event.codeHash,
    codeClock: event.vectorClock,
    files: withFiles(module.files, event.data.files),
  }));

/** The task's version is the highest of its modules'; an older one of another module leaves it. */
export function withCodeVersion(state: TaskState, event: EventEnvelope): TaskState {
  if (event.codeVersion < state.codeVersion) return state;
  return {
    ...state,
    codeVersion: event.codeVersion,
    codeHash: event.codeHash,
    codeClock: event.vectorClock,
  };
}

function withFiles(
  files: readonly SourceFile[],
  changed: readonly SourceFile[],
): readonly SourceFile[] {
  if (files.length === 0) return changed;
  const byPath = new Map([...files, ...changed].map((file) => [file.path, file]));
  return [...byPath.values()];
}
