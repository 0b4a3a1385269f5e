import { expect, it } from 'vitest';
import type { WorkflowHooks } from '../../src/workflow-hooks.ts';
import { quickRules, quickWorld, wrongSum } from './world.ts';

/** Every hook there is, each of which does the same. */
function allOf(hook: (name: string) => unknown): Required<WorkflowHooks> {
  const named = (name: string) => () => void hook(name);
  return {
    onStepStarted: named('onStepStarted'),
    onStepSettled: named('onStepSettled'),
    onModelCall: named('onModelCall'),
    onToken: named('onToken'),
    onAppended: named('onAppended'),
    onModelUnavailable: named('onModelUnavailable'),
    onStoreUnavailable: named('onStoreUnavailable'),
    onError: named('onError'),
  };
}

it('hooks that throw change nothing: the history is the same, `onError` included', async () => {
  const called = new Set<string>();
  const hooks = allOf((name) => {
    called.add(name);
    throw new Error(`${name} is broken`);
  });
  await using w = await quickWorld({ rules: quickRules({ first: wrongSum }), options: { hooks } });
  w.standIn.fault({ kind: 'busy' }, { times: 1 });
  const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
  await w.until(taskId, 'DEAD_CODE_ANALYSIS');
  expect(await w.types(taskId)).toContain('CORRECTION_COMPLETED');
  expect([...called].sort()).toEqual(
    Object.keys(hooks)
      .filter((name) => name !== 'onStoreUnavailable')
      .sort(),
  );
});

it('what a hook throws or rejects with is given to `onError`, with its name', async () => {
  const told: string[] = [];
  await using w = await quickWorld({
    options: {
      hooks: {
        onToken: () => {
          throw new Error('thrown');
        },
        // oxlint-disable-next-line typescript/no-misused-promises -- as users write it: the type takes it
        onStepSettled: async () => Promise.reject(new Error('rejected')),
        onError: (error, doing) => void told.push(`${doing}: ${String(error)}`),
      },
    },
  });
  const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
  await w.until(taskId, 'DEAD_CODE_ANALYSIS');
  expect(told).toContain('the hook onToken: Error: thrown');
  expect(told).toContain('the hook onStepSettled: Error: rejected');
});
