import { withModule } from '../module-state.ts';
import type { EventOfType, Reducer } from '../reducer.ts';
import type { TaskState } from '../task-state.ts';

export const testStarted: Reducer<'TEST_STARTED'> = (state, { data }) =>
  withModule(state, data.module, (module) => ({ ...module, status: 'testing' }));

export const testPassed: Reducer<'TEST_PASSED'> = (state, event) => tested(state, event, null);

export const testFailed: Reducer<'TEST_FAILED'> = (state, event) =>
  tested(state, event, event.data.signature);

function tested(
  state: TaskState,
  { data, codeVersion }: EventOfType<'TEST_PASSED' | 'TEST_FAILED'>,
  signature: string | null,
): TaskState {
  const failing = data.results.filter(({ status }) => status !== 'passed').map(({ name }) => name);
  const { passed, failed, total } = data;
  return withModule(state, data.module, (module) => ({
    ...module,
    status: 'running',
    lastTest: { codeVersion, passed, failed, total, failing, signature },
  }));
}
