import type { StandInRule } from '@org/models/testing';
import { describe, expect, it } from 'vitest';
import { change, fenced, quickRules, quickWorld } from './world.ts';

const prompt = 'Write a sum function';
const report = {
  description: 'sum is wrong for -0',
  module: null,
  codeVersion: null,
  codeHash: null,
  vectorClock: null,
};

/** The usual answers, but for the question that this is part of. */
function answering(question: string, answer: StandInRule['answer']): readonly StandInRule[] {
  return [{ when: { lastContains: [question] }, answer }, ...quickRules()];
}

const sorry = { text: 'I am sorry, "sum" is beyond me.' };
const saidSorry =
  'The last one: There was no code block in it. It began: "I am sorry, \\"sum\\" is beyond me."';

describe('TASK_FAILED says what is true', () => {
  it('of a bug report that no answer corrects: what the model said, and that the code is as it was', async () => {
    await using w = await quickWorld({ rules: answering('A user reports a bug', sorry) });
    const { taskId } = await w.workflow.start({ prompt });
    const { codeHash } = await w.until(taskId, 'TASK_COMPLETE');
    await w.workflow.reportBug(taskId, report);
    expect(await w.until(taskId, 'TASK_FAILED')).toMatchObject({
      codeHash,
      data: {
        reason: 'model-unusable',
        message: `No model gave an answer about sum.js that can be used. ${saidSorry} The bug report has changed nothing in the code.`,
        best: { codeVersion: 1, passed: 1, total: 1 },
      },
    });
  });

  it('of guidance likewise', async () => {
    await using w = await quickWorld({
      rules: answering('The user has said more', sorry),
      tokensPerSecond: 100,
    });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TEST_STARTED');
    await w.workflow.intervene(taskId, change('guidance', { text: 'Say more.' }));
    expect((await w.until(taskId, 'TASK_FAILED')).data).toMatchObject({
      message: expect.stringMatching(/The guidance has changed nothing in the code\.$/),
    });
  });

  it('of code that was never written', async () => {
    await using w = await quickWorld({ rules: answering('Write the file sum.js.', sorry) });
    const { taskId } = await w.workflow.start({ prompt });
    expect((await w.until(taskId, 'TASK_FAILED')).data).toMatchObject({
      message: `No model gave an answer about sum.js that can be used. ${saidSorry}`,
    });
  });

  it('of code that fails its tests to the last', async () => {
    await using w = await quickWorld({
      rules: quickRules({ first: 'export const sum = 0;\n', corrected: 'export const sum = 1;\n' }),
    });
    const { taskId } = await w.workflow.start({ prompt });
    expect((await w.until(taskId, 'TASK_FAILED')).data).toMatchObject({
      reason: 'max-iterations',
      message: 'Module sum.js could not be made to pass its tests.',
    });
  });

  it('of tests that prove nothing', async () => {
    await using w = await quickWorld({
      rules: answering('Write the tests of sum.js', fenced('adds:\n')),
    });
    const { taskId } = await w.workflow.start({ prompt });
    expect((await w.until(taskId, 'TASK_FAILED')).data).toMatchObject({
      reason: 'tests-unusable',
      message: 'No tests of sum.js could be written that prove anything.',
    });
  });
});
