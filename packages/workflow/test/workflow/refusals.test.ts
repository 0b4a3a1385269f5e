import { expect, it } from 'vitest';
import { change, quickWorld } from './world.ts';

it('a refusal says of a field what is wrong with it; its name stands in `field` alone', async () => {
  await using w = await quickWorld();
  const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
  const report = { module: null, codeVersion: null, codeHash: null, vectorClock: null };
  const files = [{ path: '../x.js', content: '', kind: 'source' as const }];
  const refused = {
    prompt: () => w.workflow.start({ prompt: ' ' }),
    'files[0].path': () => w.workflow.start({ prompt: 'x', files }),
    text: () => w.workflow.intervene(taskId, change('guidance')),
    plan: () => w.workflow.intervene(taskId, change('plan')),
    kind: () => w.workflow.intervene(taskId, change('answer', { text: 'x' })),
    description: () => w.workflow.reportBug(taskId, { ...report, description: '' }),
    module: () => w.workflow.reportBug(taskId, { ...report, description: 'x', module: 'no.js' }),
  };
  for (const [field, ask] of Object.entries(refused))
    await expect(ask(), field).rejects.toMatchObject({
      field,
      message: expect.not.stringContaining(`${field}:`),
    });
});
