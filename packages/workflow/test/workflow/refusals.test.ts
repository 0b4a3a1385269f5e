import { expect, it } from 'vitest';
import { change, planOf, quickWorld } from './world.ts';

/** A report that says nothing of the code it was made against. */
const noCode = { module: null, codeVersion: null, codeHash: null, vectorClock: null };

it('a refusal says of a field what is wrong with it; its name stands in `field` alone', async () => {
  await using w = await quickWorld();
  const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
  const files = [{ path: '../x.js', content: '', kind: 'source' as const }];
  const refused = {
    prompt: () => w.workflow.start({ prompt: ' ' }),
    'files[0].path': () => w.workflow.start({ prompt: 'x', files }),
    text: () => w.workflow.intervene(taskId, change('guidance')),
    plan: () => w.workflow.intervene(taskId, change('plan')),
    kind: () => w.workflow.intervene(taskId, change('answer', { text: 'x' })),
    description: () => w.workflow.reportBug(taskId, { ...noCode, description: '' }),
    module: () => w.workflow.reportBug(taskId, { ...noCode, description: 'x', module: 'no.js' }),
  };
  for (const [field, ask] of Object.entries(refused))
    await expect(ask(), field).rejects.toMatchObject({
      field,
      message: expect.not.stringContaining(`${field}:`),
    });
});

it('what a completed task takes no more is refused with the way to reopen it, guidance too; reopened, it takes it', async () => {
  await using w = await quickWorld();
  const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
  const { version } = await w.until(taskId, 'DEAD_CODE_ANALYSIS');
  const guidance = change('guidance', { text: 'be brief' });
  for (const late of [guidance, change('pause')])
    await expect(w.workflow.intervene(taskId, late)).rejects.toMatchObject({
      code: 'TASK_ENDED',
      message: `The task has completed; it takes no ${late.kind}. A bug report reopens it.`,
    });
  expect(await w.store.taskHead(taskId)).toMatchObject({ version });
  w.orchestrator.pause();
  await w.workflow.reportBug(taskId, { ...noCode, description: 'wrong for -0' });
  await w.workflow.intervene(taskId, guidance);
  w.orchestrator.resume();
  await w.until(taskId, 'TASK_COMPLETE', 2);
});

it.each([
  ['failed', 'The task has failed; it takes no guidance.'],
  ['cancelled', 'The task was cancelled; it takes no guidance.'],
])('a task that has %s takes no guidance: nothing would come of it', async (end, message) => {
  await using w = await quickWorld({ rules: [planOf('../outside.js')] });
  w.orchestrator.pause();
  const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
  if (end === 'cancelled') await w.workflow.cancel(taskId);
  w.orchestrator.resume();
  await w.until(taskId, end === 'cancelled' ? 'TASK_CANCELLED' : 'TASK_FAILED');
  const guidance = w.workflow.intervene(taskId, change('guidance', { text: 'be brief' }));
  await expect(guidance).rejects.toMatchObject({ code: 'TASK_ENDED', message });
});
