import type { CurrentCode } from '../event-ordering.ts';
import { moduleOf } from './module-state.ts';
import type { TaskState } from './task-state.ts';

/** The code that a bug report on this module is held against; null, or a module never heard of: the task's. */
export function currentCode(state: TaskState, module: string | null): CurrentCode {
  const own = module === null ? undefined : moduleOf(state, module);
  const { codeVersion, codeHash, codeClock } = own ?? state;
  return {
    codeVersion,
    codeHash,
    vectorClock: codeClock,
    taskCodeVersion: state.codeVersion,
    taskCodeHash: state.codeHash,
  };
}
