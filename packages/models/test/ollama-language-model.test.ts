import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type GenerateRequest, isModelError, modelProfile } from '../src/index.ts';
import {
  type OllamaLanguageModelOptions,
  ollamaLanguageModel,
  type Retry,
} from '../src/ollama/index.ts';
import type { OllamaStandIn, StandInFault } from '../src/testing/index.ts';
import { answering, failure, standIn, user } from './stand-in-scene.ts';

const noRetry = { retry: { forMs: 0 } };
const modelAt = (server: OllamaStandIn, options: Partial<OllamaLanguageModelOptions> = {}) =>
  ollamaLanguageModel({ host: server.url, model: 'qwen3:8b', ...noRetry, ...options });
const ask = (content: string, more: Partial<GenerateRequest> = {}): GenerateRequest => ({
  messages: user(content),
  maxTokens: 100,
  ...more,
});
const bodies = (server: OllamaStandIn) =>
  server.requests('/api/chat').map(({ body }) => body as Record<string, unknown>);

describe('every request', () => {
  it('carries num_ctx, num_predict, truncate: false, shift: false, keep_alive and think', async () => {
    const server = await standIn([answering('Yes.')]);
    const model = modelAt(server);
    await model.generate(ask('Short?', { maxTokens: 10 }));
    await model.generate(
      ask('Long?', { maxTokens: 2_000, think: true, seed: 7, temperature: 0.5, stop: ['END'] }),
    );
    expect(bodies(server)).toMatchObject([
      {
        model: 'qwen3:8b',
        stream: true,
        truncate: false,
        shift: false,
        keep_alive: '30m',
        think: false,
        options: { num_ctx: 32_768, num_predict: 10, temperature: 0 },
      },
      {
        truncate: false,
        shift: false,
        keep_alive: '30m',
        think: true,
        options: { num_ctx: 32_768, num_predict: 2_000, temperature: 0.5, seed: 7, stop: ['END'] },
      },
    ]);
  });

  it('uses one window per model, so that Ollama loads it once', async () => {
    const server = await standIn([answering('Yes.')]);
    const model = modelAt(server);
    for (const maxTokens of [10, 100, 1_000])
      await model.generate(ask(`Up to ${maxTokens}?`, { maxTokens }));
    expect(server.loads('qwen3:8b')).toBe(1);
  });

  it('carries the JSON schema as format', async () => {
    const server = await standIn([{ when: { format: true }, answer: { json: { ok: true } } }]);
    const format = { type: 'object', properties: { ok: { type: 'boolean' } } };
    const result = await modelAt(server).generate(ask('JSON?', { format }));
    expect(JSON.parse(result.text)).toEqual({ ok: true });
    expect(bodies(server)[0]?.format).toEqual(format);
  });
});

describe('a prompt that does not fit', () => {
  it('is refused before anything is sent', async () => {
    const server = await standIn([answering('Yes.')]);
    const model = modelAt(server, { model: 'mistral:7b' });
    const error = await failure(model.generate(ask('word '.repeat(6_000), { maxTokens: 2_500 })));
    expect(isModelError(error, 'PROMPT_TOO_LONG') && error.refusedBy).toBe('us');
    expect(server.requests()).toHaveLength(0);
  });

  it('is refused by its host when our count was too low', async () => {
    const server = await standIn([answering('Yes.')]);
    const model = modelAt(server, { tokens: { exact: true, count: () => 1 } });
    const error = await failure(model.generate(ask('word '.repeat(40_000))));
    expect(isModelError(error, 'PROMPT_TOO_LONG') && error.refusedBy).toBe('host');
  });

  it('raises PromptTruncatedError when the host read less than 75 % of an estimate', async () => {
    const server = await standIn([answering('I read your rules.')]);
    server.fault({ kind: 'ignore-window', contextLength: 2_000 });
    const error = await failure(modelAt(server).generate(ask('Obey these rules. '.repeat(600))));
    expect(error).toMatchObject({ code: 'PROMPT_TRUNCATED', exact: false, reportedTokens: 1_002 });
  });

  it.each([
    [949, 'PROMPT_TRUNCATED'],
    [950, null],
  ])('with an exact count of 1 000 and a report of %i: %s', async (promptTokens, code) => {
    const usage = { promptTokens, completionTokens: 1 };
    const server = await standIn([{ when: {}, answer: { text: 'Yes.' }, usage }]);
    const model = modelAt(server, { tokens: { exact: true, count: () => 1_000 } });
    const outcome = await model.generate(ask('?')).then(
      () => null,
      (error: unknown) => error,
    );
    expect(isModelError(outcome) ? outcome.code : outcome).toBe(code);
  });

  it.each([
    [749, 'PROMPT_TRUNCATED'],
    [750, null],
  ])('with an estimate of 1 000 and a report of %i: %s', async (promptTokens, code) => {
    const usage = { promptTokens, completionTokens: 1 };
    const server = await standIn([{ when: {}, answer: { text: 'Yes.' }, usage }]);
    const model = modelAt(server, { tokens: { exact: false, count: () => 1_000 } });
    const outcome = await model.generate(ask('?')).then(
      () => null,
      (error: unknown) => error,
    );
    expect(isModelError(outcome) ? outcome.code : outcome).toBe(code);
  });

  it('is not suspected when the host says nothing, or 0 for a cached prompt', async () => {
    const usage = { promptTokens: 0, completionTokens: 1 };
    const server = await standIn([{ when: {}, answer: { text: 'Yes.' }, usage }]);
    const result = await modelAt(server).generate(ask('word '.repeat(500)));
    expect(result.usage.promptTokens).toBeNull();
  });
});

describe('a stream', () => {
  it('arrives whole: text, thinking and counts, however its bytes are cut', async () => {
    const server = await standIn([
      { when: {}, answer: { text: 'Grüße, 漢字 and 👩‍💻!' }, thinking: 'Hmm … über 🚀' },
    ]);
    server.fault({ kind: 'split' });
    const said: string[] = [];
    const onToken: GenerateRequest['onToken'] = ({ kind, text }) => said.push(`${kind}:${text}`);
    const result = await modelAt(server).generate(ask('?', { think: true, onToken }));
    expect(result).toMatchObject({
      text: 'Grüße, 漢字 and 👩‍💻!',
      thinking: 'Hmm … über 🚀',
      finish: 'stop',
      usage: { promptTokens: expect.any(Number), completionTokens: expect.any(Number) },
    });
    expect(said.filter((piece) => piece.startsWith('text:')).length).toBeGreaterThan(3);
  });

  it('takes thinking out of the text when the host leaves it in', async () => {
    const server = await standIn([answering('<think>Let me see.</think>\n\nYes.')]);
    const result = await modelAt(server).generate(ask('?'));
    expect(result).toMatchObject({ text: 'Yes.', thinking: 'Let me see.' });
  });

  it('that ends at num_predict says length and keeps what came', async () => {
    const server = await standIn([answering('one two three four five six')]);
    const result = await modelAt(server).generate(ask('?', { maxTokens: 3 }));
    expect(result).toMatchObject({ finish: 'length', text: 'one two three' });
  });

  it('without counts gives null, not 0', async () => {
    const server = await standIn([answering('Yes.')]);
    server.fault({ kind: 'no-counts' });
    const result = await modelAt(server).generate(ask('?'));
    expect(result.usage).toEqual({ promptTokens: null, completionTokens: null });
  });

  it.each<[string, StandInFault, Record<string, unknown>]>([
    [
      'no last message',
      { kind: 'cut', afterTokens: 2 },
      { code: 'STREAM_CUT', how: 'ended', partialText: 'one two', transient: false },
    ],
    ['no message at all', { kind: 'cut' }, { code: 'STREAM_CUT', how: 'ended', partialText: '' }],
    [
      'done: false',
      { kind: 'not-done', afterTokens: 2 },
      { code: 'RESPONSE_INCOMPLETE', partialText: 'one two' },
    ],
    [
      'an error line in its middle',
      { kind: 'stream-error', afterTokens: 2, message: 'out of memory' },
      {
        code: 'STREAM_FAILED',
        partialText: 'one two',
        message: expect.stringContaining('out of memory'),
      },
    ],
    [
      'a connection reset in its middle',
      { kind: 'reset', afterTokens: 2 },
      { code: 'STREAM_CUT', how: 'reset', transient: true },
    ],
    [
      'a line that is no JSON',
      { kind: 'malformed', afterTokens: 2 },
      { code: 'RESPONSE_MALFORMED' },
    ],
    ['nothing but a web page', { kind: 'malformed' }, { code: 'RESPONSE_MALFORMED' }],
    [
      'HTTP 500',
      { kind: 'server-error', message: 'model requires more system memory' },
      {
        code: 'MODEL_SERVER_FAILED',
        status: 500,
        message: expect.stringContaining('more system memory'),
      },
    ],
    ['HTTP 503', { kind: 'busy' }, { code: 'MODEL_BUSY', status: 503, transient: true }],
    ['a connection reset before it began', { kind: 'reset' }, { transient: true }],
  ])('with %s has its own outcome', async (_, fault, outcome) => {
    const server = await standIn([answering('one two three four')]);
    server.fault(fault);
    const error = await failure(modelAt(server).generate(ask('?')));
    expect(isModelError(error)).toBe(true);
    expect(error).toMatchObject(outcome);
  });

  it('never prints what it cannot parse', async () => {
    const print = [vi.spyOn(console, 'log'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
    const server = await standIn([answering('one two three four')]);
    server.fault({ kind: 'malformed', afterTokens: 1 });
    await failure(modelAt(server).generate(ask('?')));
    const elsewhere = ollamaLanguageModel({
      host: `${server.url}/elsewhere`,
      model: 'qwen3:8b',
      ...noRetry,
    });
    const error = await failure(elsewhere.generate(ask('?')));
    expect(isModelError(error, 'RESPONSE_MALFORMED')).toBe(true);
    for (const spy of print) expect(spy).not.toHaveBeenCalled();
  });
});

describe('requests to one host', () => {
  it('run one at a time by default, over models and adapters', async () => {
    const server = await standIn([answering('Yes.')], { parallel: 8 });
    const running: number[] = [];
    let now = 0;
    const watch = async (model: ReturnType<typeof modelAt>, question: string) => {
      let first = true;
      await model.generate(
        ask(question, {
          onToken: () => {
            if (first) running.push(++now);
            first = false;
          },
        }),
      );
      now -= 1;
    };
    const [one, two, mistral] = [
      modelAt(server),
      modelAt(server),
      modelAt(server, { model: 'mistral:7b' }),
    ];
    await Promise.all(
      [one, two, mistral, one, two].map((model, index) => watch(model, `Question ${index}`)),
    );
    expect(running).toEqual([1, 1, 1, 1, 1]);
    expect(server.peak('qwen3:8b')).toBe(1);
  });

  it('run side by side when the host is said to take several', async () => {
    const server = await standIn([{ ...answering('a b c d e'), tokensPerSecond: 50 }], {
      parallel: 4,
    });
    const model = modelAt(server, { maxConcurrent: 3 });
    await Promise.all([1, 2, 3, 4, 5].map((n) => model.generate(ask(`Question ${n}`))));
    expect(server.peak('qwen3:8b')).toBe(3);
  });

  it('leave the line when aborted in it, and let the next one through', async () => {
    const server = await standIn([
      answering('Yes.'),
      { when: { contains: ['slow'] }, answer: { text: 'no' }, delayMs: 60_000 },
    ]);
    const model = modelAt(server);
    const [first, second] = [new AbortController(), new AbortController()];
    const running = failure(model.generate(ask('slow'), { signal: first.signal }));
    const waiting = failure(model.generate(ask('waiting'), { signal: second.signal }));
    const third = model.generate(ask('third'));
    await vi.waitFor(() => expect(server.requests()).toHaveLength(1));
    second.abort(new Error('left the line'));
    expect(await waiting).toEqual(new Error('left the line'));
    first.abort(new Error('enough'));
    expect(await running).toEqual(new Error('enough'));
    expect((await third).text).toBe('Yes.');
    expect(server.requests('/api/chat')).toHaveLength(2);
  });
});

describe('an abort', () => {
  it('closes the socket, so that Ollama stops, and rejects with its reason', async () => {
    const server = await standIn([{ ...answering('word '.repeat(5_000)), tokensPerSecond: 200 }]);
    const stop = new AbortController();
    const reason = new Error('cancelled by the user');
    const onToken = () => stop.abort(reason);
    const asked = ask('?', { maxTokens: 10_000, onToken });
    const error = await failure(modelAt(server).generate(asked, { signal: stop.signal }));
    expect(error).toBe(reason);
    await vi.waitFor(() => expect(server.requests('/api/chat')[0]?.outcome).toBe('aborted'));
    expect(server.requests('/api/chat')[0]?.tokensSent).toBeLessThan(100);
  });

  it('before the first token closes the socket too', async () => {
    const server = await standIn([answering('Yes.')]);
    server.fault({ kind: 'stall' });
    const stop = new AbortController();
    const failed = failure(modelAt(server).generate(ask('?'), { signal: stop.signal }));
    await vi.waitFor(() => expect(server.requests('/api/chat')).toHaveLength(1));
    stop.abort(new Error('enough'));
    expect(await failed).toEqual(new Error('enough'));
    await vi.waitFor(() => expect(server.requests('/api/chat')[0]?.outcome).toBe('aborted'));
  });

  it('during the pause before a retry ends it', async () => {
    const server = await standIn([answering('Yes.')]);
    server.fault({ kind: 'busy' }, { times: 99 });
    const stop = new AbortController();
    const retry = {
      firstPauseMs: 60_000,
      forMs: 600_000,
      onRetry: () => stop.abort(new Error('enough')),
    };
    const error = await failure(
      modelAt(server, { retry }).generate(ask('?'), { signal: stop.signal }),
    );
    expect(error).toEqual(new Error('enough'));
  });
});

describe('timeouts', () => {
  it('end a call without a first token as such, and close the socket', async () => {
    const server = await standIn([answering('Yes.')]);
    server.fault({ kind: 'stall' });
    const error = await failure(modelAt(server, { firstTokenTimeoutMs: 30 }).generate(ask('?')));
    expect(error).toMatchObject({ code: 'MODEL_TIMEOUT', phase: 'first-token', timeoutMs: 30 });
    await vi.waitFor(() => expect(server.requests('/api/chat')[0]?.outcome).toBe('aborted'));
  });

  it('end a call that began and does not end as a whole', async () => {
    const server = await standIn([answering('one two three')]);
    server.fault({ kind: 'stall', afterTokens: 2 });
    const error = await failure(
      modelAt(server, { firstTokenTimeoutMs: 60_000, timeoutMs: 60 }).generate(ask('?')),
    );
    expect(error).toMatchObject({ code: 'MODEL_TIMEOUT', phase: 'whole' });
  });
});

describe('transient failures', () => {
  it.each<StandInFault>([{ kind: 'busy' }, { kind: 'reset' }, { kind: 'reset', afterTokens: 2 }])(
    'are retried with growing pauses: %o',
    async (fault) => {
      const server = await standIn([answering('one two three')]);
      server.fault(fault, { times: 3 });
      const retries: Retry[] = [];
      const pauses: number[] = [];
      const model = modelAt(server, {
        retry: { firstPauseMs: 100, onRetry: (retry) => retries.push(retry) },
        sleep: async (ms) => void pauses.push(ms),
        random: () => 0.5,
      });
      expect((await model.generate(ask('?'))).text).toBe('one two three');
      expect(pauses).toEqual([100, 200, 400]);
      expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    },
  );

  it('are retried when nobody listens, until somebody does', async () => {
    const first = await standIn([]);
    const { port } = first;
    await first.close();
    const model = modelAt(first, {
      retry: { firstPauseMs: 1 },
      sleep: async () => void (await standIn([answering('Here I am.')], { port })),
    });
    expect((await model.generate(ask('?'))).text).toBe('Here I am.');
  });

  it('end as the typed error when the time for retries is over', async () => {
    const server = await standIn([]);
    await server.close();
    let now = 0;
    const model = modelAt(server, {
      retry: { firstPauseMs: 1_000, forMs: 10_000 },
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    });
    const error = await failure(model.generate(ask('?')));
    expect(error).toMatchObject({ code: 'OLLAMA_UNAVAILABLE', transient: true, host: server.url });
    expect(String(error)).toContain(server.url);
    expect(now).toBeGreaterThan(5_000);
    expect(now).toBeLessThanOrEqual(10_000);
  });

  it.each<StandInFault>([{ kind: 'server-error' }, { kind: 'cut' }, { kind: 'malformed' }])(
    'are not what this is: %o is tried once',
    async (fault) => {
      const server = await standIn([answering('one two three')]);
      server.fault(fault, { times: 9 });
      await failure(modelAt(server, { retry: { forMs: 60_000 } }).generate(ask('?')));
      expect(server.requests('/api/chat')).toHaveLength(1);
    },
  );
});

describe('what only a person can mend', () => {
  it('ModelNotFoundError says which model to pull', async () => {
    const server = await standIn([]);
    const error = await failure(modelAt(server, { model: 'qwen3:14b' }).generate(ask('?')));
    expect(error).toMatchObject({ code: 'MODEL_NOT_FOUND', model: 'qwen3:14b', transient: false });
    expect(String(error)).toContain('ollama pull qwen3:14b');
  });

  it('a model that cannot think refuses to', async () => {
    const server = await standIn([answering('Yes.')]);
    const error = await failure(
      modelAt(server, { model: 'mistral:7b' }).generate(ask('?', { think: true })),
    );
    expect(error).toMatchObject({ code: 'REQUEST_REJECTED', status: 400 });
    expect(String(error)).toContain('does not support thinking');
  });

  it.each([0, -1, 1.5, Number.NaN])('maxTokens %d is refused unsent', async (maxTokens) => {
    const server = await standIn([]);
    const error = await failure(modelAt(server).generate(ask('?', { maxTokens })));
    expect(isModelError(error, 'INVALID_REQUEST') && error.field).toBe('maxTokens');
    expect(server.requests()).toHaveLength(0);
  });

  it('no messages are refused unsent', async () => {
    const server = await standIn([]);
    const error = await failure(modelAt(server).generate({ messages: [], maxTokens: 1 }));
    expect(isModelError(error, 'INVALID_REQUEST') && error.field).toBe('messages');
  });
});

it('an error that onToken throws comes back as it is, and ends the call', async () => {
  const server = await standIn([{ ...answering('word '.repeat(500)), tokensPerSecond: 500 }]);
  const bug = new Error('a bug in the hook');
  const onToken = () => {
    throw bug;
  };
  expect(await failure(modelAt(server).generate(ask('?', { onToken, maxTokens: 1_000 })))).toBe(
    bug,
  );
  await vi.waitFor(() => expect(server.requests('/api/chat')[0]?.outcome).toBe('aborted'));
});

it('calibrates the margin of its counter by what the host reports', async () => {
  const usage = { promptTokens: 1_400, completionTokens: 1 };
  const server = await standIn([{ when: {}, answer: { text: 'Yes.' }, usage }]);
  const model = modelAt(server, { tokens: { exact: false, count: () => 1_000 } });
  expect(model.tokens.margin).toBe(1.1);
  for (let call = 0; call < 6; call += 1) await model.generate(ask(`Question ${call}`));
  expect(model.tokens.margin).toBeGreaterThan(1.4);
});

it.each([0, -1, 1.5, Number.NaN])(
  'maxConcurrent %d, with which nothing would ever run, is refused',
  (maxConcurrent) => {
    expect(() => ollamaLanguageModel({ model: 'qwen3:8b', maxConcurrent })).toThrow(
      /maxConcurrent/,
    );
  },
);

it('a timeout of Infinity never comes', async () => {
  const server = await standIn([answering('Yes.')]);
  const timeouts = {
    timeoutMs: Number.POSITIVE_INFINITY,
    firstTokenTimeoutMs: Number.POSITIVE_INFINITY,
  };
  expect((await modelAt(server, timeouts).generate(ask('?'))).text).toBe('Yes.');
});

/** A server that says the same to everything. */
async function saying(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo; // it listens on TCP, see above
  return `127.0.0.1:${port}`;
}

it.each([
  [502, 'OLLAMA_UNAVAILABLE', true],
  [504, 'OLLAMA_UNAVAILABLE', true],
  [429, 'MODEL_BUSY', true],
  [401, 'REQUEST_REJECTED', false],
  [404, 'RESPONSE_MALFORMED', false],
])('a proxy that answers %i in HTML gives %s', async (status, code, transient) => {
  const host = await saying(status, '<h1>No</h1>');
  const model = ollamaLanguageModel({ host, model: 'qwen3:8b', ...noRetry });
  expect(await failure(model.generate(ask('?')))).toMatchObject({ code, transient });
});

it('a reported prompt_eval_count of 0 is unknown, not a lost prompt', async () => {
  const line = {
    message: { content: 'Yes.' },
    done: true,
    done_reason: 'stop',
    prompt_eval_count: 0,
  };
  const host = await saying(200, `${JSON.stringify(line)}\n`);
  const model = ollamaLanguageModel({ host, model: 'qwen3:8b', ...noRetry });
  const result = await model.generate(ask('word '.repeat(500)));
  expect(result.usage.promptTokens).toBeNull();
});

it('sends headers with each request', async () => {
  const server = await standIn([answering('Yes.')]);
  const model = modelAt(server, {
    headers: { authorization: 'Bearer abc' },
    profile: modelProfile('qwen3:8b'),
  });
  await model.generate(ask('?'));
  expect(server.requests('/api/chat')[0]?.headers.authorization).toBe('Bearer abc');
});
