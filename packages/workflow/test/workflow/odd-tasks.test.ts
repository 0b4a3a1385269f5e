import { describe, expect, it } from 'vitest';
import {
  fenced,
  planOf,
  quickRules,
  quickWorld,
  rightSum,
  sumRules,
  world,
  wrongSum,
} from './world.ts';

const prompt = 'Write a sum function';

describe('given files', () => {
  it('tests that do not load fail the task at once with the reason: no model is asked to mend them', async () => {
    await using w = await world();
    const content =
      "import { sum } from './sum.js';\ntest('adds', () => { expect(sum(1, 2)).toBe(3) ;\n";
    const { taskId } = await w.workflow.start({
      prompt,
      files: [{ path: 'broken.test.js', content, kind: 'test' }],
    });
    const failed = await w.until(taskId, 'TASK_FAILED');
    expect(failed.data).toMatchObject({ reason: 'given-tests-unusable', files: ['sum.js'] });
    const run = (await w.events(taskId)).find((event) => event.eventType === 'TEST_FAILED');
    expect(run?.data).toMatchObject({ failure: { kind: 'syntax' }, total: 0 });
    expect(w.standIn.requests('/api/chat').map((request) => request.rule)).toEqual([
      'plan',
      'code',
    ]);
  });

  it('a source file that the plan names is changed, not made: it counts as version 0', async () => {
    await using w = await quickWorld();
    const { taskId } = await w.workflow.start({
      prompt,
      files: [
        { path: 'sum.js', content: wrongSum, kind: 'source' },
        { path: 'kept.js', content: 'export const kept = 1;\n', kind: 'source' },
      ],
    });
    await w.until(taskId, 'TASK_COMPLETE');
    expect(JSON.stringify(w.standIn.requests('/api/chat')[1]?.body)).toContain('return a - b');
    expect(await w.workflow.readFile(taskId, 'sum.js', { version: 0 })).toMatchObject({
      content: wrongSum,
      codeVersion: 0,
    });
    expect((await w.workflow.files(taskId)).map((file) => [file.path, file.codeVersion])).toEqual([
      ['kept.js', 0],
      ['sum.js', 1],
    ]);
  });

  it('a reference file is there for the tests, and gives way to a module of its name', async () => {
    await using w = await world({
      rules: [
        ...sumRules().filter((rule) => rule.name !== 'tests'),
        {
          name: 'tests',
          when: { lastContains: ['Write the tests of sum.js'] },
          answer: fenced(
            "import { five } from './five.js';\nimport { sum } from './sum.js';\ntest('adds', () => { expect(sum(2, 3)).toBe(five); });\n",
          ),
        },
      ],
    });
    const { taskId } = await w.workflow.start({
      prompt,
      files: [
        { path: 'five.js', content: 'export const five = 5;\n', kind: 'reference' },
        { path: 'sum.js', content: '// how others did it\n', kind: 'reference' },
      ],
    });
    await w.until(taskId, 'TASK_COMPLETE');
    expect((await w.workflow.files(taskId)).map((file) => file.path)).toEqual(['sum.js']);
  });
});

it('tests that prove nothing, twice, fail the task as `tests-unusable`', async () => {
  await using w = await quickWorld({
    rules: [
      ...quickRules().filter((rule) => rule.name !== 'tests'),
      // The fake runner passes an empty text on any code, a stub included.
      { when: { lastContains: ['Write the tests of sum.js'] }, answer: fenced('is there:\n') },
    ],
  });
  const { taskId } = await w.workflow.start({ prompt });
  expect((await w.until(taskId, 'TASK_FAILED')).data).toMatchObject({ reason: 'tests-unusable' });
});

describe('size', () => {
  it('a plan of 12 modules is worked through in dependency order', async () => {
    const names = Array.from({ length: 12 }, (_, n) => `part${n}.js`);
    const rules = names.flatMap((name) => [
      {
        when: { lastContains: [`Write the file ${name}.`] },
        answer: fenced(`export const part = '${name}';\n`),
      },
      {
        when: { lastContains: [`Write the tests of ${name} `] },
        answer: fenced(`is ${name}: part = '${name}'\n`),
      },
    ]);
    await using w = await quickWorld({ rules: [planOf(...names), ...rules] });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TASK_COMPLETE');
    const complete = (await w.events(taskId)).filter((e) => e.eventType === 'MODULE_COMPLETE');
    expect(complete.map((event) => event.data.module)).toEqual(names);
  });

  it('a prompt of 100 000 characters goes to a model it fits, or fails the task with the reason', async () => {
    const long = `Write a sum function. ${'It adds two numbers and nothing else. '.repeat(2_632)}`;
    expect(long.length).toBeGreaterThan(100_000);
    await using roomy = await quickWorld({
      models: [
        { name: 'mistral:7b', contextWindow: 8_192 },
        { name: 'qwen3:8b', contextWindow: 131_072 },
      ],
    });
    const one = await roomy.workflow.start({ prompt: long });
    await roomy.until(one.taskId, 'TASK_COMPLETE');
    expect(roomy.standIn.requests('/api/chat')[0]?.body).toMatchObject({ model: 'qwen3:8b' });
    expect(roomy.standIn.requests('/api/chat').every((request) => !request.truncated)).toBe(true);

    await using narrow = await quickWorld();
    const two = await narrow.workflow.start({ prompt: long });
    const failed = await narrow.until(two.taskId, 'TASK_FAILED');
    expect(failed.data).toMatchObject({ reason: 'context-overflow' });
    expect(narrow.standIn.requests('/api/chat')).toHaveLength(0);
  });
});

describe('what a model may answer', () => {
  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t\n '],
    ['a fence without an end and nothing in it', '```js\n'],
    ['bytes', '\u0000\u0001\u{10ffff}\ud800\ufffe'],
    ['a megabyte of words', 'word '.repeat(200_000)],
    ['a megabyte in one fence', `\`\`\`\n${'x'.repeat(1_000_000)}`],
  ])('%s: the module fails or its tests do, and the log holds it', async (_, text) => {
    await using w = await quickWorld({
      rules: [
        { name: 'code', when: { lastContains: ['Write the file sum.js.'] }, answer: { text } },
        ...quickRules().filter((rule) => rule.name !== 'code'),
      ],
    });
    const { taskId } = await w.workflow.start({ prompt });
    await Promise.race([w.until(taskId, 'TASK_FAILED'), w.until(taskId, 'TASK_COMPLETE')]);
    const events = await w.events(taskId);
    const versions = events.filter((event) => event.eventType === 'CODE_GENERATED');
    expect(versions.map((event) => event.codeVersion)).toEqual(versions.map((_e, n) => n + 1));
    for (const event of events)
      for (const call of 'calls' in event.data ? event.data.calls : [])
        expect(await w.workflow.explainContext(taskId, call.callId)).toMatchObject({
          verified: true,
        });
  });

  it('code with NUL and half a surrogate is stored, hashed and rebuilt as one and the same', async () => {
    const odd = `export const odd = '\u0000\ud800';\n${wrongSum}`;
    await using w = await quickWorld({ rules: quickRules({ first: odd, corrected: rightSum }) });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TASK_COMPLETE');
    for (const event of await w.events(taskId))
      for (const call of 'calls' in event.data ? event.data.calls : [])
        expect(await w.workflow.explainContext(taskId, call.callId)).toMatchObject({
          verified: true,
        });
  });
});
