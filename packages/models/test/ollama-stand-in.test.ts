import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Ollama } from 'ollama';
import { describe, expect, it, vi } from 'vitest';
import { isModelError } from '../src/index.ts';
import { parseScript, type StandInRule, startOllamaStandIn } from '../src/testing/index.ts';
import { writeText } from '../src/testing/stand-in/token-stream.ts';
import { answering, failure, standIn } from './stand-in-scene.ts';

/** The real client, as a user has it. */
const clientOf = ({ url }: { readonly url: string }) => new Ollama({ host: url });
const user = (content: string) => [{ role: 'user', content }];
const chat = (content: string, more: object = {}) => ({
  model: 'qwen3:8b',
  messages: user(content),
  stream: true as const,
  ...more,
});
const once = (content: string, more: object = {}) => ({
  ...chat(content, more),
  stream: false as const,
});

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const parts: T[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

describe('the endpoints', () => {
  it('/ says that Ollama is running, and that it is a stand-in', async () => {
    const server = await standIn([]);
    const response = await fetch(server.url);
    expect(response.headers.get('x-ollama-stand-in')).toBe('true');
    const text = await response.text();
    expect(text).toContain('Ollama is running');
    expect(text).toContain('stand-in');
    expect((await fetch(server.url, { method: 'HEAD' })).status).toBe(200);
  });

  it('/api/version is no version of Ollama', async () => {
    expect(await clientOf(await standIn([])).version()).toEqual({ version: '0.0.0-stand-in' });
  });

  it('/api/tags lists the models, with their tags', async () => {
    const { models } = await clientOf(await standIn([])).list();
    expect(models.map(({ name }) => name).toSorted()).toEqual([
      'mistral:7b',
      'nomic-embed-text:latest',
      'qwen3:8b',
    ]);
    expect(models[0]).toMatchObject({ digest: expect.any(String), details: { format: 'gguf' } });
  });

  it('/api/show gives window and capabilities', async () => {
    const shown = await clientOf(await standIn([])).show({ model: 'qwen3:8b' });
    expect(shown.capabilities).toEqual(['completion', 'thinking']);
    expect(shown.model_info).toMatchObject({
      'general.architecture': 'qwen3',
      'qwen3.context_length': 40_960,
    });
    await expect(clientOf(await standIn([])).show({ model: 'nope' })).rejects.toThrow(
      "model 'nope' not found",
    );
  });

  it('/api/ps lists what is loaded', async () => {
    const server = await standIn([answering('Yes.')]);
    expect((await clientOf(server).ps()).models).toEqual([]);
    await clientOf(server).chat(once('?'));
    expect((await clientOf(server).ps()).models).toMatchObject([{ name: 'qwen3:8b' }]);
    await clientOf(server).chat(once('?', { messages: [], keep_alive: 0 }));
    expect((await clientOf(server).ps()).models).toEqual([]);
  });

  it('unknown routes are 404 as text, wrong methods 405', async () => {
    const { url } = await standIn([]);
    expect((await fetch(`${url}/api/nope`)).status).toBe(404);
    expect(await (await fetch(`${url}/api/nope`)).text()).toBe('404 page not found');
    expect((await fetch(`${url}/api/chat`)).status).toBe(405);
  });

  it('/api/generate answers the same script', async () => {
    const server = await standIn([
      { when: { contains: ['Be brief', 'sky'] }, answer: { text: 'Blue.' } },
    ]);
    const request = { model: 'qwen3:8b', prompt: 'The sky?', system: 'Be brief' };
    const answer = await clientOf(server).generate(request);
    expect(answer).toMatchObject({ response: 'Blue.', done: true, done_reason: 'stop' });
  });
});

describe('/api/chat', () => {
  it('streams NDJSON by default, ends with durations in nanoseconds and counts', async () => {
    const server = await standIn([answering('Hello there, how are you?')]);
    const response = await fetch(`${server.url}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({ model: 'qwen3:8b', messages: user('Hi') }),
    });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(3);
    expect(lines[0]).toMatchObject({
      model: 'qwen3:8b',
      done: false,
      message: { role: 'assistant' },
    });
    expect(Date.parse(lines[0].created_at)).not.toBeNaN();
    const last = lines.at(-1);
    expect(last).toMatchObject({ done: true, done_reason: 'stop', message: { content: '' } });
    for (const field of [
      'total_duration',
      'load_duration',
      'prompt_eval_duration',
      'eval_duration',
    ])
      expect(Number.isSafeInteger(last[field])).toBe(true);
    expect(last.eval_count).toBe(lines.length - 1);
    expect(last.prompt_eval_count).toBeGreaterThan(0);
  });

  it('answers in one object with stream: false', async () => {
    const answer = await clientOf(await standIn([answering('Yes.')])).chat(once('?'));
    expect(answer).toMatchObject({ done: true, done_reason: 'stop', message: { content: 'Yes.' } });
  });

  it('without messages only loads', async () => {
    const answer = await clientOf(await standIn([])).chat(once('', { messages: [] }));
    expect(answer).toMatchObject({ done: true, done_reason: 'load' });
  });

  it('gives thinking first, by default and when asked, and not with think: false', async () => {
    const server = await standIn([{ ...answering('Yes.'), thinking: 'Let me see' }]);
    const parts = await all(await clientOf(server).chat(chat('?')));
    expect(parts[0]?.message.thinking).toBe('Let');
    const silent = await clientOf(server).chat(once('?', { think: false }));
    expect(silent.message.thinking).toBeUndefined();
  });

  it('ends at num_predict with length, and before a stop word with stop', async () => {
    const server = await standIn([answering('one two three END four')]);
    const short = await clientOf(server).chat(once('?', { options: { num_predict: 2 } }));
    expect(short).toMatchObject({
      done_reason: 'length',
      eval_count: 2,
      message: { content: 'one two' },
    });
    const stopped = await clientOf(server).chat(once('?', { options: { stop: ['END'] } }));
    expect(stopped).toMatchObject({ done_reason: 'stop', message: { content: 'one two three ' } });
  });

  it.each([
    ['no body', '', 400, 'missing request body'],
    ['no model', '{"messages":[]}', 400, 'model is required'],
    ['an unknown model', '{"model":"nope","messages":[]}', 404, "model 'nope' not found"],
    [
      'thinking by a model that cannot',
      '{"model":"mistral:7b","messages":[],"think":true}',
      400,
      '"mistral:7b" does not support thinking',
    ],
    [
      'a chat with an embedding model',
      '{"model":"nomic-embed-text","messages":[]}',
      400,
      '"nomic-embed-text" does not support chat',
    ],
    [
      'tools for a model without',
      '{"model":"qwen3:8b","messages":[],"tools":[{}]}',
      400,
      'qwen3:8b does not support tools',
    ],
    [
      'too many logprobs',
      '{"model":"qwen3:8b","top_logprobs":21}',
      400,
      'top_logprobs must be between 0 and 20',
    ],
  ])('refuses %s in the words of Ollama', async (_, body, status, error) => {
    const server = await standIn([]);
    const response = await fetch(`${server.url}/api/chat`, { method: 'POST', body });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error });
  });
});

describe('the window', () => {
  const rules: StandInRule[] = [
    { when: { contains: ['SECRET-RULE'] }, answer: { text: 'I know the rule.' } },
    { when: {}, answer: { text: 'Which rule?' } },
  ];
  const long = (words: number) => [
    { role: 'system', content: 'SECRET-RULE: answer in French.' },
    { role: 'user', content: 'word '.repeat(words) },
  ];

  it('is 4 096 when none is asked for; a longer prompt loses its head, with HTTP 200', async () => {
    const server = await standIn(rules);
    const fits = await clientOf(server).chat(once('', { messages: long(2_000) }));
    expect(fits.message.content).toBe('I know the rule.');
    const lost = await clientOf(server).chat(once('', { messages: long(6_000) }));
    expect(lost.message.content).toBe('Which rule?');
    expect(lost.prompt_eval_count).toBe(4_096 - 2_046);
    expect(server.requests('/api/chat').map(({ truncated }) => truncated)).toEqual([false, true]);
  });

  it('drops the oldest messages first, never the system prompt nor the last message', async () => {
    const server = await standIn([
      {
        when: { contains: ['SECRET-RULE', 'last'], notContains: ['first'] },
        answer: { text: 'kept' },
      },
    ]);
    const messages = [
      ...long(0).slice(0, 1),
      { role: 'user', content: `first ${'word '.repeat(3_000)}` },
      { role: 'assistant', content: 'word '.repeat(1_000) },
      { role: 'user', content: 'last' },
    ];
    expect((await clientOf(server).chat(once('', { messages }))).message.content).toBe('kept');
  });

  it('refuses with 400 under truncate: false, and under shift: false alone', async () => {
    const server = await standIn(rules);
    const messages = long(6_000);
    await expect(
      clientOf(server).chat(once('', { messages, truncate: false, shift: false })),
    ).rejects.toThrow(/exceeds the available context size \(4096 tokens\)/);
    await expect(clientOf(server).chat(once('', { messages, shift: false }))).rejects.toMatchObject(
      {
        status_code: 400,
        message: expect.stringContaining('the prompt is longer than the context length'),
      },
    );
  });

  it('is never more than the model was trained for', async () => {
    const server = await standIn(rules);
    const options = { num_ctx: 1_000_000 };
    const answer = await clientOf(server).chat(once('', { messages: long(50_000), options }));
    expect(answer.message.content).toBe('Which rule?');
  });

  it('bounds the answer too', async () => {
    const server = await standIn([answering('word '.repeat(500))]);
    const answer = await clientOf(server).chat(once('?', { options: { num_ctx: 100 } }));
    expect(answer.done_reason).toBe('length');
    expect((answer.prompt_eval_count ?? 0) + (answer.eval_count ?? 0)).toBe(100);
  });
});

describe('loading', () => {
  it('happens once, again when num_ctx or shift change, and not for other options', async () => {
    const server = await standIn([answering('Yes.')]);
    const ask = (more: object) => clientOf(server).chat(once('?', more));
    await ask({ options: { num_ctx: 8_192, temperature: 0 } });
    await ask({ options: { num_ctx: 8_192, temperature: 1, num_predict: 5 } });
    expect(server.loads('qwen3:8b')).toBe(1);
    await ask({ options: { num_ctx: 16_384 } });
    expect(server.loads('qwen3:8b')).toBe(2);
    await ask({ options: { num_ctx: 16_384 }, shift: false });
    expect(server.loads('qwen3:8b')).toBe(3);
  });

  it('answers one request at a time per model, and 503 beyond the queue', async () => {
    const server = await standIn([{ ...answering('Yes.'), delayMs: 600_000 }], { maxQueue: 2 });
    const refused: unknown[] = [];
    const asked = [1, 2, 3, 4, 5].map((n) =>
      clientOf(server)
        .chat(once(`Question ${n}`))
        .catch((error: unknown) => refused.push(error)),
    );
    await vi.waitFor(() => expect(refused).toHaveLength(2));
    for (const error of refused)
      expect(error).toMatchObject({
        status_code: 503,
        message: 'server busy, please try again.  maximum pending requests exceeded',
      });
    expect(server.peak('qwen3:8b')).toBe(1);
    await server.close();
    await Promise.all(asked);
  });
});

describe('/api/embed', () => {
  it('gives unit vectors in order, near for texts that share words', async () => {
    const client = clientOf(await standIn([]));
    const input = ['validate an email address', 'email validation', 'sort numbers'];
    const { embeddings, prompt_eval_count } = await client.embed({
      model: 'nomic-embed-text',
      input,
    });
    const cosine = (a: readonly number[] = [], b: readonly number[] = []) =>
      a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
    for (const vector of embeddings) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(cosine(embeddings[0], embeddings[1])).toBeGreaterThan(
      cosine(embeddings[0], embeddings[2]) + 0.2,
    );
    expect(prompt_eval_count).toBeGreaterThan(0);
  });

  it('takes one text, none, and refuses what is no text', async () => {
    const client = clientOf(await standIn([]));
    const model = 'nomic-embed-text';
    expect((await client.embed({ model, input: 'one' })).embeddings).toHaveLength(1);
    expect((await client.embed({ model, input: [] })).embeddings).toEqual([]);
    await expect(client.embed({ model, input: [1] as unknown as string[] })).rejects.toThrow(
      'invalid input type',
    );
    await expect(client.embed({ model: 'nope', input: 'x' })).rejects.toThrow(
      'model "nope" not found, try pulling it first',
    );
  });

  it('cuts to dimensions, and refuses a long text under truncate: false', async () => {
    const client = clientOf(await standIn([]));
    const model = 'nomic-embed-text';
    const [short] = (await client.embed({ model, input: 'one', dimensions: 8 })).embeddings;
    expect(short).toHaveLength(8);
    expect(Math.hypot(...(short ?? []))).toBeCloseTo(1, 5);
    await expect(
      client.embed({ model, input: 'word '.repeat(4_000), truncate: false }),
    ).rejects.toThrow('the input length exceeds the context length');
  });
});

describe('faults, as the real client sees them', () => {
  it('an error line after HTTP 200 is a plain Error, not a ResponseError', async () => {
    const server = await standIn([answering('one two three')]);
    server.fault({ kind: 'stream-error', afterTokens: 1, message: 'gpu lost' });
    const error = await failure(clientOf(server).chat(chat('?')).then(all));
    expect(error).toMatchObject({ name: 'Error', message: 'gpu lost' });
  });

  it('a stream without its end is missed by the client', async () => {
    const server = await standIn([answering('one two three')]);
    server.fault({ kind: 'cut', afterTokens: 2 });
    await expect(clientOf(server).chat(chat('?')).then(all)).rejects.toThrow(
      'Did not receive done or success response',
    );
  });

  it('done: false without a stream looks like an answer', async () => {
    const server = await standIn([answering('one two three')]);
    server.fault({ kind: 'not-done', afterTokens: 2 });
    expect(await clientOf(server).chat(once('?'))).toMatchObject({
      done: false,
      message: { content: 'one two' },
    });
  });

  it.each([
    [{ kind: 'busy' } as const, 503],
    [{ kind: 'server-error' } as const, 500],
  ])('%o is a ResponseError', async (fault, status_code) => {
    const server = await standIn([answering('Yes.')]);
    server.fault(fault);
    await expect(clientOf(server).chat(chat('?'))).rejects.toMatchObject({ status_code });
  });

  it('a reset breaks the connection', async () => {
    const server = await standIn([answering('one two three')]);
    server.fault({ kind: 'reset', afterTokens: 1 });
    await expect(clientOf(server).chat(chat('?')).then(all)).rejects.toThrow(
      /terminated|fetch failed/,
    );
  });

  it('the client that leaves is noticed', async () => {
    const server = await standIn([{ ...answering('word '.repeat(2_000)), tokensPerSecond: 200 }]);
    const stream = await clientOf(server).chat(chat('?'));
    for await (const _ of stream) break;
    stream.abort();
    await vi.waitFor(() => expect(server.requests('/api/chat')[0]?.outcome).toBe('aborted'));
  });

  it('nothing waits to write to a client that has left, not even the last line', async () => {
    const left = new AbortController();
    const written = Promise.withResolvers<unknown>();
    const server = createServer((_, response) => {
      response.writeHead(200);
      response.write('a beginning');
      response.on('close', () => {
        left.abort(new Error('left'));
        const text = 'x'.repeat(100_000);
        const pace = { tokensPerSecond: undefined, split: false, signal: left.signal };
        writeText(response, text, pace).then(written.resolve, written.resolve);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on a port
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    await answer.body?.cancel();
    expect(await written.promise).toMatchObject({ message: 'left' });
    server.close();
  });

  it('slow tokens take their time, also in the reported durations', async () => {
    const server = await standIn([{ ...answering('a b c d e f g h i j'), tokensPerSecond: 200 }]);
    const { total_duration, eval_count } = await clientOf(server)
      .chat(chat('?'))
      .then(all)
      .then((parts) => parts.at(-1) ?? expect.unreachable());
    expect(eval_count).toBe(10);
    expect(total_duration).toBeGreaterThanOrEqual(40e6);
  });

  it('strike as often as was ordered, and then no more', async () => {
    const server = await standIn([answering('Yes.')]);
    server.fault({ kind: 'busy' }, { times: 2 });
    const ask = () =>
      clientOf(server)
        .chat(once('?'))
        .then(
          () => 'answered',
          () => 'refused',
        );
    expect([await ask(), await ask(), await ask()]).toEqual(['refused', 'refused', 'answered']);
  });

  it('can stand in the script, for one kind of request, a number of times', async () => {
    const server = await standIn([
      {
        when: { contains: ['plan'] },
        answer: { text: 'A plan.' },
        fault: { kind: 'busy', times: 1 },
      },
      answering('Yes.'),
    ]);
    await expect(clientOf(server).chat(once('plan'))).rejects.toThrow('busy');
    expect((await clientOf(server).chat(once('plan'))).message.content).toBe('A plan.');
  });
});

describe('a script', () => {
  const rules: StandInRule[] = [
    { name: 'anything', when: {}, answer: { text: 'anything' } },
    { name: 'plan', when: { contains: ['plan'] }, answer: { json: { modules: [] } } },
    {
      name: 'plan again',
      when: { contains: ['plan', 'refused'] },
      answer: { text: ['line 1', 'line 2'] },
    },
    {
      name: 'mistral plan',
      when: { contains: ['plan'], model: 'mistral:7b' },
      answer: { text: 'mistral' },
    },
    { name: 'tie 1', when: { contains: ['end'] }, answer: { text: 'first of two' } },
    {
      name: 'tie 2',
      when: { contains: ['the'], notContains: [] },
      answer: { text: 'second of two' },
    },
    { name: 'last', when: { lastContains: ['tail'] }, answer: { text: 'tail' } },
  ];

  it('answers by what the request contains, the most specific rule first', async () => {
    const server = await standIn(rules);
    const ask = async (content: string, more: object = {}) =>
      (await clientOf(server).chat(once(content, more))).message.content;
    expect(await ask('plan')).toBe('{"modules":[]}');
    expect(await ask('plan, refused before')).toBe('line 1\nline 2');
    expect(await ask('plan', { model: 'mistral:7b' })).toBe('mistral');
    expect(await ask('hello')).toBe('anything');
    expect(await ask('tail')).toBe('tail');
    expect(await ask('the end')).toBe('first of two');

    expect(server.requests('/api/chat').map(({ rule }) => rule)).toEqual([
      'plan',
      'plan again',
      'mistral plan',
      'anything',
      'last',
      'tie 1',
    ]);
  });

  it('answers the same in any order, and after a restart', async () => {
    const questions = ['plan', 'plan, refused', 'hello', 'tail', 'the end'];
    const answers = async (asked: readonly string[]) => {
      const server = await standIn(rules);
      const found = new Map<string, string>();
      for (const content of asked)
        found.set(content, (await clientOf(server).chat(once(content))).message.content);
      return found;
    };
    const forwards = await answers(questions);
    const backwards = await answers(questions.toReversed());
    for (const question of questions) expect(backwards.get(question)).toBe(forwards.get(question));
  });

  it('says which request no rule answers', async () => {
    const server = await standIn([]);
    await expect(clientOf(server).chat(once('Where is the rule for this?'))).rejects.toThrow(
      /no rule.*Where is the rule for this\?/,
    );
  });

  it('is checked when it is read, and the wrong place is named', async () => {
    const wrong = {
      format: 'ollama-script',
      version: 1,
      rules: [{ when: { contain: ['x'] }, answer: { text: 'y' } }],
    };
    const error = await failure(startOllamaStandIn({ script: wrong as never }));
    expect(isModelError(error, 'INVALID_REQUEST') && error.field).toBe('script');
    expect(String(error)).toContain('contain');
  });

  it('cannot hold the fault that comes before its rules', async () => {
    const fault = { kind: 'ignore-window', contextLength: 100 } as const;
    await expect(standIn([{ ...answering('Yes.'), fault }])).rejects.toThrow(/can only be ordered/);
  });

  it('in the README is valid', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const json = /^```json\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? '';
    expect(parseScript(JSON.parse(json)).rules.length).toBeGreaterThan(1);
  });
});

it('remembers as many requests as it is told, and numbers them all', async () => {
  const server = await standIn([], { keepRequests: 2 });
  for (let n = 0; n < 5; n += 1) await clientOf(server).version();
  expect(server.requests().map(({ number }) => number)).toEqual([4, 5]);
});

describe('closing', () => {
  it('ends open streams, frees the port, and is fine twice', async () => {
    const server = await standIn([{ ...answering('word '.repeat(2_000)), tokensPerSecond: 50 }]);
    const stream = clientOf(server).chat(chat('?')).then(all);
    const failed = failure(stream);
    await vi.waitFor(() => expect(server.requests('/api/chat')[0]?.tokensSent).toBeGreaterThan(0));
    await Promise.all([server.close(), server.close()]);
    expect(await failed).toBeInstanceOf(Error);
    const next = await standIn([], { port: server.port });
    expect(next.port).toBe(server.port);
  });

  it('a port in use is an error', async () => {
    const server = await standIn([]);
    await expect(startOllamaStandIn({ port: server.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});

it.each(['//', '//x', '/\\', '/%', '/?a=%zz'])(
  'a request for %s is refused, and the next one answered',
  async (path) => {
    const server = await standIn([]);
    const socket = connect(server.port, '127.0.0.1');
    socket.end(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 (404|400|200) /);
    expect((await fetch(`${server.url}/api/version`)).status).toBe(200);
  },
);
