import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer } from './support/answer.ts';
import { type RunningApi, runApi } from './support/running-api.ts';
import { code, complete, storeTask } from './support/task-events.ts';

let running: RunningApi;
beforeAll(async () => {
  running = await runApi();
});
afterAll(() => running[Symbol.asyncDispose]());

describe('POST /tasks/:id/cancel', () => {
  it('ends a task, is idempotent, and harmless on an ended one', async () => {
    await storeTask(running.store, 'c1');
    const first = await answer(running.post('/tasks/c1/cancel', { reason: 'enough' }));
    expect(first.body).toEqual({ task_id: 'c1', status: 'cancelled', version: 5 });
    const again = await answer(running.post('/tasks/c1/cancel'));
    expect(again.body).toEqual(first.body);
    await storeTask(running.store, 'c2', [complete]);
    expect((await answer(running.post('/tasks/c2/cancel'))).body).toMatchObject({
      status: 'completed',
      version: 5,
    });
    expect((await running.post('/tasks/nobody/cancel')).status).toBe(404);
  });

  it('stores the reason', async () => {
    await storeTask(running.store, 'c3');
    await running.post('/tasks/c3/cancel', { reason: 'too slow' });
    expect((await running.store.getEvents('c3')).at(-1)?.data).toEqual({ reason: 'too slow' });
  });
});

describe('POST /tasks/:id/interventions', () => {
  it('stores each kind', async () => {
    await storeTask(running.store, 'i1');
    const plan = [{ name: 'a.js', purpose: 'A', depends_on: [] }];
    const bodies = [
      { kind: 'guidance', text: 'use a map' },
      { kind: 'answer', text: 'yes', question_id: 'q1' },
      { kind: 'plan', plan },
      { kind: 'pause' },
      { kind: 'resume' },
    ];
    for (const body of bodies) {
      const { status, body: stored } = await answer(running.post('/tasks/i1/interventions', body));
      expect(status).toBe(200);
      expect(stored).toEqual({
        task_id: 'i1',
        version: expect.any(Number),
        event_id: expect.any(String),
      });
    }
    const events = await running.store.getEvents('i1');
    expect(events.slice(4).map(({ data }) => data)).toEqual([
      { kind: 'guidance', text: 'use a map', questionId: null, plan: null },
      { kind: 'answer', text: 'yes', questionId: 'q1', plan: null },
      {
        kind: 'plan',
        text: null,
        questionId: null,
        plan: [{ name: 'a.js', purpose: 'A', dependsOn: [] }],
      },
      { kind: 'pause', text: null, questionId: null, plan: null },
      { kind: 'resume', text: null, questionId: null, plan: null },
    ]);
  });

  it.each([
    ['kind', { kind: 'cancel' }],
    ['text', { kind: 'guidance' }],
    ['text', { kind: 'answer', text: '  ' }],
    ['plan', { kind: 'plan', plan: [] }],
    ['plan[0].name', { kind: 'plan', plan: [{ name: '', purpose: '' }] }],
  ])('names the field at fault: %s', async (field, body) => {
    const { status, body: problem } = await answer(running.post('/tasks/i1/interventions', body));
    expect([status, problem.errors[0].field]).toEqual([400, field]);
  });

  it('answers 409 when the task has ended', async () => {
    await storeTask(running.store, 'i2', [complete]);
    const { status, body } = await answer(
      running.post('/tasks/i2/interventions', { kind: 'pause' }),
    );
    expect([status, body.type]).toEqual([409, '/problems/task-ended']);
  });

  it('is bound to a version by If-Match', async () => {
    await storeTask(running.store, 'i3');
    const send = (tag: string) =>
      answer(running.post('/tasks/i3/interventions', { kind: 'pause' }, { 'if-match': tag }));
    expect((await send('"4"')).status).toBe(200);
    const stale = await send('"4"');
    expect([stale.status, stale.body]).toEqual([
      412,
      expect.objectContaining({
        type: '/problems/version-conflict',
        expected_version: 4,
        actual_version: 5,
      }),
    ]);
    expect((await send('*')).status).toBe(200);
    expect((await send('W/"6"')).status).toBe(400);
    expect(await running.store.taskHead('i3')).toMatchObject({ version: 6 });
  });
});

describe('If-Match', () => {
  it.each([
    ['cancel', {}],
    ['interventions', { kind: 'pause' }],
    ['bug-reports', { description: 'It throws' }],
  ])(
    'binds POST /tasks/:id/%s to a version: at another one it is 412 and nothing is stored',
    async (change, body) => {
      const taskId = `bound-${change}`;
      await storeTask(running.store, taskId);
      const send = (tag: string) =>
        answer(running.post(`/tasks/${taskId}/${change}`, body, { 'if-match': tag }));
      const stale = await send('"3"');
      expect([stale.status, stale.body]).toEqual([
        412,
        expect.objectContaining({ expected_version: 3, actual_version: 4 }),
      ]);
      expect(await running.store.taskHead(taskId)).toMatchObject({ version: 4 });
      expect((await send('"4"')).status).toBe(200);
    },
  );
});

describe('POST /tasks/:id/bug-reports', () => {
  it('accepts a report of the current code', async () => {
    await storeTask(running.store, 'b1');
    const report = { description: 'rejects ü', module: 'validators.js', code_version: 1 };
    const { status, body } = await answer(running.post('/tasks/b1/bug-reports', report));
    expect([status, body]).toEqual([
      200,
      { task_id: 'b1', accepted: true, version: 5, event_id: expect.any(String) },
    ]);
  });

  it('answers a stale report with 409 and the version that superseded it, and stores it', async () => {
    await storeTask(running.store, 'b2', [code(2)]);
    const report = {
      description: 'rejects ü',
      code_version: 1,
      code_hash: 'abc',
      vector_clock: { main: 4 },
    };
    const { status, body } = await answer(running.post('/tasks/b2/bug-reports', report));
    expect([status, body]).toEqual([
      409,
      expect.objectContaining({
        type: '/problems/stale-bug-report',
        detail: 'superseded: the code is at version 2',
        superseded_by: 2,
      }),
    ]);
    expect((await running.store.getEvents('b2')).at(-1)?.data).toMatchObject({
      accepted: false,
      against: { codeVersion: 1, codeHash: 'abc', vectorClock: { main: 4 } },
    });
  });

  it('names what is wrong with a report', async () => {
    await storeTask(running.store, 'b3');
    const send = async (body: unknown) => {
      const { status, body: problem } = await answer(running.post('/tasks/b3/bug-reports', body));
      return [status, problem.errors[0].field];
    };
    expect(await send({ description: ' ' })).toEqual([400, 'description']);
    expect(await send({ description: 'd', vector_clock: { a: -1 } })).toEqual([
      400,
      'vector_clock.a',
    ]);
    expect(await send({ description: 'd', code_version: 1.5 })).toEqual([400, 'code_version']);
  });
});

describe('the work of a task', () => {
  it('gives files of the newest and of older code versions', async () => {
    await storeTask(running.store, 'w1', [code(2, 'export const b = 2;')]);
    const list = await answer(running.get('/tasks/w1/files'));
    expect(list.body).toMatchObject({
      task_id: 'w1',
      items: [{ path: 'src/validators.js', code_version: 2, bytes: 19 }],
    });
    const newest = await answer(running.get('/tasks/w1/files/src/validators.js'));
    expect(newest.body.content).toBe('export const b = 2;');
    const older = await answer(running.get('/tasks/w1/files/src/validators.js?version=1'));
    expect(older.body.content).toBe('// 1');
    for (const path of ['files/nope.js', 'files/..%2F..%2Fetc%2Fpasswd', 'files?version=9']) {
      const { status, body } = await answer(running.get(`/tasks/w1/${path}`));
      expect([status, body.type]).toEqual([404, '/problems/file-not-found']);
    }
    expect((await running.get('/tasks/w1/files?version=x')).status).toBe(400);
  });

  it('gives the graph, and the context of a call with what was left out and why', async () => {
    await storeTask(running.store, 'w2');
    const graph = await answer(running.get('/tasks/w2/graph'));
    expect(graph.body).toMatchObject({
      nodes: [
        { id: 'task:w2', full_content_ref: null, vector_clock: {} },
        { id: 'module:validators.js' },
      ],
      edges: [{ source: 'task:w2', target: 'module:validators.js', type: 'contains' }],
    });
    const context = await answer(running.get('/tasks/w2/context/call-1'));
    expect(context.body).toMatchObject({
      call_id: 'call-1',
      verified: true,
      as_of_sequence: 3,
      compression_ratio: 0.4,
      messages: [{ role: 'user', content: 'The prompt' }],
      dropped: [{ ref: 'event:2', reason: 'stale' }],
    });
    const unknown = await answer(running.get('/tasks/w2/context/call-9'));
    expect([unknown.status, unknown.body.type]).toEqual([404, '/problems/call-not-found']);
  });
});
