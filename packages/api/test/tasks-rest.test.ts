import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, answer as json } from './support/answer.ts';
import { type RunningApi, runApi } from './support/running-api.ts';
import { code, complete, passed, storeTask } from './support/task-events.ts';

let running: RunningApi;
beforeAll(async () => {
  running = await runApi();
});
afterAll(() => running[Symbol.asyncDispose]());

describe('POST /tasks', () => {
  it('gate 4.4: POST /tasks: 200 with a task_id, invalid: 400; GET known: 200, unknown: 404', async () => {
    const started = await json(await running.post('/tasks', { prompt: 'Write add(a, b)' }));
    expect(started.status).toBe(200);
    expect(started.body.task_id).toMatch(/^task-/);
    expect((await running.post('/tasks', { prompt: 5 })).status).toBe(400);
    expect((await running.get(`/tasks/${started.body.task_id}`)).status).toBe(200);
    expect((await running.get('/tasks/nobody-knows')).status).toBe(404);
  });

  it('gate 4.1: an empty prompt is refused; responses serialise to JSON with all fields', async () => {
    for (const prompt of ['', '   ', '\n\t']) {
      const { status, type, body } = await json(await running.post('/tasks', { prompt }));
      expect([status, type]).toEqual([400, 'application/problem+json; charset=utf-8']);
      expect(body).toMatchObject({ type: '/problems/validation', errors: [{ field: 'prompt' }] });
    }
    const { body } = await json(
      await running.post('/tasks', { prompt: 'p', task_id: 'all fields' }),
    );
    expect(body).toEqual({
      task_id: 'all fields',
      status: 'created',
      version: 1,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      websocket_url: `ws://127.0.0.1:${running.port}/ws/all%20fields`,
    });
    const task = await json(await running.get('/tasks/all%20fields'));
    expect(task.body).toEqual({
      task_id: 'all fields',
      status: 'created',
      version: 1,
      sequence: expect.any(Number),
      code_version: 0,
      code_hash: null,
      prompt: 'p',
      priority: null,
      language: null,
      modules: [],
      questions: [],
      open_bug_reports: 0,
      stale_events: 0,
      tokens: { prompt: 0, completion: 0, calls: 0 },
      error: null,
      result: null,
      created_at: body.created_at,
      started_at: null,
      ended_at: null,
    });
  });

  it.each([
    ['prompt', { answers: [] }],
    ['prompt', { prompt: null }],
    ['answers', { prompt: 'p', answers: 'yes' }],
    ['answers[1]', { prompt: 'p', answers: ['a', 1] }],
    ['priority', { prompt: 'p', priority: 'URGENT' }],
    ['priority', { prompt: 'p', priority: 10 }],
    ['language', { prompt: 'p', language: 'cobol' }],
    ['files[0].kind', { prompt: 'p', files: [{ path: 'a', content: '', kind: 'other' }] }],
    ['task_id', { prompt: 'p', task_id: ' padded' }],
    ['task_id', { prompt: 'p', task_id: 'x'.repeat(257) }],
    ['body', []],
    ['body', 'null'],
  ])('names the field at fault: %s', async (field, body) => {
    const answer = await json(await running.post('/tasks', body));
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].field).toBe(field);
  });

  it('refuses malformed JSON with its position, without quoting it', async () => {
    const { status, body } = await json(await running.post('/tasks', '{"prompt": "geheim" '));
    expect(status).toBe(400);
    expect(body.type).toBe('/problems/malformed-json');
    expect(JSON.stringify(body)).not.toContain('geheim');
  });

  it('makes the priority an enum of the stored event', async () => {
    await running.post('/tasks', { prompt: 'p', priority: 'CRITICAL', task_id: 'urgent' });
    const [event] = await running.store.getEvents('urgent');
    expect(event?.data).toMatchObject({ priority: 'CRITICAL' });
    expect((await json(await running.get('/tasks/urgent'))).body.priority).toBe('CRITICAL');
  });

  it('takes a prompt of 100 000 characters and 1 000 answers; names the limit beyond', async () => {
    const prompt = '😀'.repeat(100_000);
    const answers = Array.from({ length: 1_000 }, (_, n) => `answer ${n}`);
    const task = await json(await running.post('/tasks', { prompt, answers, task_id: 'long' }));
    expect(task.status).toBe(200);
    expect((await json(await running.get('/tasks/long'))).body.prompt).toBe(prompt);
    const over = await json(await running.post('/tasks', { prompt: 'x'.repeat(200_001) }));
    expect(over.status).toBe(400);
    expect(over.body.detail).toContain('200000');
    const huge = await json(await running.post('/tasks', { prompt: 'x'.repeat(5_000_000) }));
    expect(huge.status).toBe(413);
    expect(huge.body.limit).toBe(4_194_304);
  });

  it('keeps Unicode, emoji and null characters as they are', async () => {
    const prompt = 'Grüße 👩‍👩‍👧 \u0000 \u202E ‮ é é';
    await running.post('/tasks', { prompt, task_id: 'unicode' });
    expect((await json(await running.get('/tasks/unicode'))).body.prompt).toBe(prompt);
  });

  it.each(['.', '..'])('takes no id %j, which clients take out of every path', async (taskId) => {
    const { status, body } = await json(running.post('/tasks', { prompt: 'p', task_id: taskId }));
    expect([status, body.errors[0]?.field]).toEqual([400, 'task_id']);
    const tool = { name: 'get_task_status', arguments: { task_id: taskId } };
    expect((await running.post('/mcp/tools/call', tool)).status).toBe(400);
  });

  it('answers 409 for a task id in use', async () => {
    await running.post('/tasks', { prompt: 'p', task_id: 'taken' });
    const { status, body } = await json(
      await running.post('/tasks', { prompt: 'q', task_id: 'taken' }),
    );
    expect([status, body.type]).toEqual([409, '/problems/task-exists']);
  });

  it('gives the first answer again for a repeated Idempotency-Key, 422 for another body', async () => {
    const headers = { 'idempotency-key': 'key-1' };
    const first = await running.post('/tasks', { prompt: 'once' }, headers);
    const again = await running.post('/tasks', { prompt: 'once' }, headers);
    expect(await again.json()).toEqual(await first.json());
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = await json(await running.post('/tasks', { prompt: 'twice' }, headers));
    expect([other.status, other.body.type]).toEqual([422, '/problems/idempotency-mismatch']);
    const bad = await running.post('/tasks', { prompt: 'p' }, { 'idempotency-key': 'with blank' });
    expect(bad.status).toBe(400);
  });

  it('answers 503 with Retry-After when there is no place, and stores nothing', async () => {
    await using full = await runApi({ tasksOptions: { capacity: 1 } });
    await full.post('/tasks', { prompt: 'p' });
    const response = await full.post('/tasks', { prompt: 'one too many' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '3']);
    expect((await full.store.head()).sequence).toBe(1);
  });

  it('answers at once: it does not wait for the work', async () => {
    await running.post('/tasks', { prompt: 'p', task_id: 'at once' });
    expect((await running.store.getEvents('at once')).map(({ eventType }) => eventType)).toEqual([
      'TASK_CREATED',
    ]);
  });
});

describe('GET /tasks/:id', () => {
  it('tells modules, tests, code and result from the events', async () => {
    await storeTask(running.store, 'worked', [passed(1), complete]);
    const { body } = await json(await running.get('/tasks/worked'));
    expect(body).toMatchObject({
      status: 'completed',
      version: 6,
      code_version: 1,
      modules: [
        {
          name: 'validators.js',
          code_version: 1,
          tests: { code_version: 1, passed: 3, failed: 0, total: 3, failing: [] },
        },
      ],
      tokens: { calls: 1 },
      result: { summary: 'Done', files: ['src/validators.js'], tests: { passed: 3, total: 3 } },
    });
    expect(body.code_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(body.ended_at).not.toBeNull();
  });

  it('has the version as a strong ETag, and answers 304 to who has it', async () => {
    await storeTask(running.store, 'tagged');
    const first = await running.get('/tasks/tagged');
    expect(first.headers.get('etag')).toBe('"4"');
    for (const tag of ['"4"', 'W/"4"', '"1", "4"', '*']) {
      const second = await running.get('/tasks/tagged', { 'if-none-match': tag });
      expect([second.status, await second.text()]).toEqual([304, '']);
    }
    await running.store.append('tagged', code(2));
    expect((await running.get('/tasks/tagged', { 'if-none-match': '"4"' })).status).toBe(200);
  });

  it.each([
    'x'.repeat(1_000),
    '%00',
    '%E0%A4%A',
    '..%2F..%2Fetc%2Fpasswd',
    '%F0%9F%98%80',
    '__proto__',
    'constructor',
    '%20',
    "'%3B--",
    '%ED%A0%80',
  ])('answers 404 or 400 to the id %s', async (id) => {
    for (const path of [`/tasks/${id}`, `/tasks/${id}/events`, `/tasks/${id}/state`]) {
      expect([400, 404]).toContain((await running.get(path)).status);
    }
  });

  it.each([
    ['GET', ''],
    ['GET', '/events'],
    ['GET', '/state'],
    ['GET', '/state?until=1'],
    ['GET', '/files'],
    ['GET', '/files/src/a.js'],
    ['GET', '/graph'],
    ['GET', '/context/call-1'],
    ['POST', '/cancel'],
    ['POST', '/interventions', { kind: 'pause' }],
    ['POST', '/bug-reports', { description: 'It throws' }],
  ])(
    'says of an unknown task that it is unknown: %s /tasks/:id%s',
    async (method, path, body: unknown = {}) => {
      const url = `/tasks/nobody-knows${path}`;
      const answer = await json(
        await (method === 'GET' ? running.get(url) : running.post(url, body)),
      );
      expect([answer.status, answer.body.type]).toEqual([404, '/problems/task-not-found']);
    },
  );

  it('knows an id in either Unicode form as one', async () => {
    await running.post('/tasks', { prompt: 'p', task_id: 'caf\u00E9' });
    expect((await running.get(`/tasks/${encodeURIComponent('cafe\u0301')}`)).status).toBe(200);
  });
});

describe('GET /tasks/:id/events and /state', () => {
  it('pages through events by sequence', async () => {
    await storeTask(running.store, 'paged', [passed(1), complete]);
    const types: string[] = [];
    let after: number | null = 0;
    while (after !== null) {
      const page: Response = await running.get(
        `/tasks/paged/events?limit=4&after_sequence=${after}`,
      );
      const { body } = await json(page);
      types.push(...body.items.map((item: { event_type: string }) => item.event_type));
      expect(body.has_more).toBe(body.next_after !== null);
      after = body.next_after;
    }
    expect(types).toEqual([
      'TASK_CREATED',
      'TASK_STARTED',
      'PLANNING_COMPLETE',
      'CODE_GENERATED',
      'TEST_PASSED',
      'TASK_COMPLETE',
    ]);
  });

  it('a page of large events is shorter, and one that is too large for any is a page of its own', async () => {
    const versions = Array.from({ length: 10 }, (_, i) => code(i + 2, 'x'.repeat(1_000_000)));
    await storeTask(running.store, 'large', [...versions, code(12, 'x'.repeat(5_000_000))]);
    const pages: number[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const { body } = await json(
        await running.get(`/tasks/large/events?event_types=CODE_GENERATED&after_sequence=${after}`),
      );
      pages.push(body.items.length);
      after = body.next_after;
    }
    expect(pages).toEqual([5, 4, 2, 1]);
  });

  it('gives only the asked for types, with the envelope and data in snake_case', async () => {
    await storeTask(running.store, 'typed');
    const { body } = await json(
      await running.get('/tasks/typed/events?event_types=CODE_GENERATED'),
    );
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({
      event_type: 'CODE_GENERATED',
      code_version: 1,
      vector_clock: { main: 4 },
      causation_id: null,
      schema_version: 1,
      data: { calls: [{ call_id: 'call-1', prompt: { as_of_sequence: 3 } }] },
    });
  });

  it('travels to a sequence or a time', async () => {
    const { firstSequence, events } = await storeTask(running.store, 'travelled', [complete]);
    const at = async (until: string | number) =>
      (await json(await running.get(`/tasks/travelled/state?until=${until}`))).body;
    expect(await at(firstSequence)).toMatchObject({
      status: 'created',
      version: 1,
      code_version: 0,
    });
    expect(await at(firstSequence + 3)).toMatchObject({ version: 4, code_version: 1 });
    expect(await at(events[4]?.timestamp ?? '')).toMatchObject({ status: 'completed', version: 5 });
    expect(await at('2999-01-01')).toMatchObject({ version: 5 });
    expect((await running.get('/tasks/travelled/state')).status).toBe(200);
    expect((await running.get('/tasks/travelled/state?until=2001-01-01')).status).toBe(404);
    expect((await running.get('/tasks/travelled/state?until=yesterday')).status).toBe(400);
  });

  it('refuses a parameter that the route does not have, by name: it would answer another question', async () => {
    await storeTask(running.store, 'misspelt', [complete]);
    const { status, body } = await json(await running.get('/tasks/misspelt/state?version=2'));
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain('version');
  });
});

describe('GET /tasks', () => {
  it('lists newest first, in pages, filtered by status', async () => {
    await using fresh = await runApi();
    for (const n of [1, 2, 3, 4, 5]) await storeTask(fresh.store, `t${n}`, n % 2 ? [complete] : []);
    const list = async (query: string) => (await json(await fresh.get(`/tasks?${query}`))).body;
    const ids = (page: Body) => page.items.map((item) => item.task_id);
    const first = await list('limit=2');
    expect([ids(first), first.has_more]).toEqual([['t5', 't4'], true]);
    const rest = await list(`limit=3&after=${first.next_after}`);
    expect([ids(rest), rest.has_more, rest.next_after]).toEqual([['t3', 't2', 't1'], false, null]);
    expect(ids(await list('status=completed'))).toEqual(['t5', 't3', 't1']);
    expect(ids(await list('status=running,planning,created&limit=1'))).toEqual(['t4']);
    expect((await fresh.get('/tasks?status=lost')).status).toBe(400);
    expect((await fresh.get('/tasks?limit=0')).status).toBe(400);
    expect((await fresh.get('/tasks?limit=501')).status).toBe(400);
  });

  it('shows a task at once after it was started, and its newest status', async () => {
    const { task_id } = (await json(running.post('/tasks', { prompt: 'seen at once' }))).body;
    const list = async () => (await json(running.get('/tasks?limit=1'))).body.items[0];
    expect(await list()).toMatchObject({ task_id, status: 'created', prompt: 'seen at once' });
    await running.post(`/tasks/${task_id}/cancel`);
    expect(await list()).toMatchObject({ task_id, status: 'cancelled', version: 2 });
  });
});
