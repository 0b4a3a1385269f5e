import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  answerFormat,
  defineCodeSignature,
  defineSignature,
  isModelError,
  ModelBusyError,
  modelProfile,
  type PredictionAttempt,
  predict,
  renderPrompt,
  StreamCutError,
} from '../src/index.ts';
import { type ScriptedReply, scriptedLanguageModel } from '../src/testing/index.ts';
import { failure } from './stand-in-scene.ts';

const summary = defineSignature({
  name: 'summarise module',
  instructions: 'Summarise the module.',
  input: z.object({ code: z.string(), hint: z.string().optional() }),
  output: z.object({
    purpose: z.string().max(40).describe('what it is for'),
    functions: z.array(z.string().regex(/^\w+$/)),
    status: z.enum(['done', 'open']),
  }),
});
const good = { purpose: 'Checks e-mail addresses', functions: ['validate_email'], status: 'done' };
const file = defineCodeSignature({
  name: 'write file',
  instructions: 'Write the file.',
  input: z.object({ task: z.string() }),
  language: 'typescript',
});
const input = { code: 'def validate_email(): ...' };

/** A model that gives these answers, one per call. */
function replying(...replies: readonly ScriptedReply[]) {
  const left = [...replies];
  return scriptedLanguageModel({
    id: 'qwen3:8b',
    reply: () => left.shift() ?? new Error('asked too often'),
  });
}

describe('a signature', () => {
  it('has a schema of only what grammars of local models take', () => {
    expect(summary.format).toEqual({
      type: 'object',
      properties: {
        purpose: { type: 'string', description: 'what it is for' },
        functions: { type: 'array', items: { type: 'string' } },
        status: { type: 'string', enum: ['done', 'open'] },
      },
      required: ['purpose', 'functions', 'status'],
    });
  });

  it('keeps fields that are named like keywords of JSON schema', () => {
    const { format } = defineSignature({
      name: 'n',
      instructions: 'i',
      input: z.object({}),
      output: z.object({ pattern: z.string(), format: z.number(), $ref: z.boolean() }),
    });
    expect(Object.keys(format.properties as object)).toEqual(['pattern', 'format', '$ref']);
  });

  it('refuses an output that is no object, or refers to itself', () => {
    const define = (output: z.ZodType) => () =>
      defineSignature({ name: 'n', instructions: 'i', input: z.object({}), output });
    expect(define(z.string())).toThrow(/must be an object/);
    const tree: z.ZodType = z.lazy(() => z.object({ children: z.array(tree) }));
    expect(define(z.object({ tree }))).toThrow(/refers to itself/);
  });

  it('renders instructions, the form of the answer and each field of the input', () => {
    const [system, user] = renderPrompt(summary, { code: 'x = 1', tests: ['a', 'b'] });
    expect(system).toMatchObject({ role: 'system' });
    expect(system?.content).toContain('Summarise the module.');
    expect(system?.content).toContain(answerFormat(summary));
    expect(user?.content).toContain('## code\nx = 1');
    expect(user?.content).toContain('"b"');
  });

  it('never asks for code in JSON', async () => {
    const model = replying('```ts\nexport const a = 1;\n```');
    await predict(model, file, { task: 'a' });
    expect(model.requests[0]?.format).toBeUndefined();
    expect(answerFormat(file)).not.toMatch(/json/i);
  });
});

describe('predict with a JSON signature', () => {
  it('sends the schema as format at temperature 0, and gives the parsed output', async () => {
    const model = replying(JSON.stringify(good));
    const { output, source, attempts } = await predict(model, summary, input);
    expect(output).toEqual(good);
    expect(source).toBe('model');
    expect(attempts).toHaveLength(1);
    expect(model.requests[0]).toMatchObject({
      format: summary.format,
      temperature: 0,
      think: false,
    });
  });

  it.each([
    ['a fence', `\`\`\`json\n${JSON.stringify(good)}\n\`\`\``],
    ['thinking before it', `<think>Let me see {x}</think>\n${JSON.stringify(good)}`],
    ['thinking without its opening tag', `Let me see\n</think>${JSON.stringify(good)}`],
    ['the same object twice', `${JSON.stringify(good)}\n${JSON.stringify(good)}`],
    ['prose around it', `Here you are:\n${JSON.stringify(good)}\nAnything else?`],
  ])('tolerates %s', async (_, answer) => {
    expect((await predict(replying(answer), summary, input)).output).toEqual(good);
  });

  it('reads the first whole object; braces in its strings do not confuse it', async () => {
    const odd = { ...good, purpose: 'a } b { c " d' };
    const answer = `It is ${JSON.stringify(odd)}, as {you} asked.`;
    expect((await predict(replying(answer), summary, input)).output).toEqual(odd);
  });

  it('asks again with the validation errors shown', async () => {
    const model = replying(
      '{"purpose":"x","functions":"none","status":"ready"}',
      JSON.stringify(good),
    );
    const { attempts } = await predict(model, summary, input);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['invalid', 'ok']);
    const again = model.requests[1]?.messages ?? [];
    expect(again.slice(0, 2)).toEqual(model.requests[0]?.messages);
    expect(again[2]).toMatchObject({
      role: 'assistant',
      content: expect.stringContaining('ready'),
    });
    expect(again[3]?.content).toMatch(/functions/);
    expect(again[3]?.content).toMatch(/status/);
  });

  it('asks at most three times, then PredictionError with every attempt', async () => {
    const model = replying('no', '{', '{"purpose":1}', JSON.stringify(good));
    const error = await failure(predict(model, summary, input));
    if (!isModelError(error, 'PREDICTION_FAILED')) throw error;
    expect(error.signature).toBe('summarise module');
    expect(error.attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'malformed'],
      [2, 'malformed'],
      [3, 'invalid'],
    ]);
    expect(model.requests).toHaveLength(3);
  });

  it("gives the signature's own fallback instead of PredictionError", async () => {
    const own = { ...summary, fallback: () => ({ ...good, status: 'open' as const }) };
    const { output, source, attempts } = await predict(replying('a', 'b', 'c'), own, input);
    expect([output.status, source, attempts.length]).toEqual(['open', 'fallback', 3]);
  });

  it('lets the caller refuse a well-formed output, and shows the model why', async () => {
    const model = replying(
      JSON.stringify({ ...good, functions: ['unknown'] }),
      JSON.stringify(good),
    );
    const check = ({ functions }: { functions: string[] }) =>
      functions.includes('unknown') ? 'There is no function "unknown".' : null;
    const { attempts } = await predict(model, summary, input, { check });
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['invalid', 'ok']);
    expect(model.requests[1]?.messages.at(-1)?.content).toContain(
      'There is no function "unknown".',
    );
  });

  it('refuses an input of another shape unsent', async () => {
    const model = replying();
    const error = await failure(predict(model, summary, { code: 1 } as never));
    expect(isModelError(error, 'INVALID_REQUEST')).toBe(true);
    expect(model.requests).toHaveLength(0);
  });
});

describe('predict with a code signature', () => {
  it('gives the file', async () => {
    const { output } = await predict(
      replying('Sure!\n```ts\nexport const a = 1;\n```\nDone.'),
      file,
      { task: 'a' },
    );
    expect(output).toMatchObject({ code: 'export const a = 1;\n', language: 'ts' });
  });

  it('tells elided, cut-off and missing code apart', async () => {
    const elided = '```ts\nexport const a = 1;\n// ... rest of code\n```';
    const model = replying(elided, 'I cannot do that.', `\`\`\`ts\n${'const b = 2;\n'.repeat(50)}`);
    const error = await failure(predict(model, file, { task: 'a' }, { maxTokens: 60 }));
    if (!isModelError(error, 'PREDICTION_FAILED')) throw error;
    expect(error.attempts.map(({ outcome }) => outcome)).toEqual([
      'elided',
      'malformed',
      'cut-off',
    ]);
    expect(error.attempts[0]?.problem).toContain('rest of code');
    expect(error.attempts[2]?.error).toMatchObject({ code: 'OUTPUT_LIMIT', maxTokens: 60 });
  });

  it('takes a file that lost most of itself for elided', async () => {
    const previousCode = 'export const line = 1;\n'.repeat(30);
    const model = replying('```ts\nexport const line = 1;\n```', `\`\`\`ts\n${previousCode}\`\`\``);
    const { attempts } = await predict(model, file, { task: 'a' }, { previousCode });
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['elided', 'ok']);
  });
});

describe('for callers with a record and a ladder of their own', () => {
  it('every attempt is told, failed ones too, with prompt, tokens and outcome', async () => {
    const told: PredictionAttempt[] = [];
    let clock = 0;
    await predict(replying('no', JSON.stringify(good)), summary, input, {
      onAttempt: (attempt) => told.push(attempt),
      now: () => (clock += 10),
      seed: 3,
    });
    expect(told).toMatchObject([
      {
        number: 1,
        model: 'qwen3:8b',
        outcome: 'malformed',
        text: 'no',
        problem: expect.any(String),
        temperature: 0,
        seed: 3,
        durationMs: 10,
        error: null,
      },
      { number: 2, outcome: 'ok', problem: null, usage: { completionTokens: expect.any(Number) } },
    ]);
    for (const { messages, countedTokens } of told) {
      expect(messages.length).toBeGreaterThan(1);
      expect(countedTokens).toBeGreaterThan(10);
    }
  });

  it('a prompt that was put together elsewhere is sent as it is', async () => {
    const model = replying(JSON.stringify(good));
    const messages = [
      { role: 'system', content: 'Four layers.' },
      { role: 'user', content: 'The event.' },
    ] as const;
    await predict(model, summary, input, { messages, maxAttempts: 1 });
    expect(model.requests[0]?.messages).toEqual(messages);
  });

  it('maxAttempts 0 is refused', async () => {
    const error = await failure(predict(replying(), summary, input, { maxAttempts: 0 }));
    expect(isModelError(error, 'INVALID_REQUEST') && error.field).toBe('maxAttempts');
  });

  it('maxAttempts 1 asks once', async () => {
    const model = replying('no', JSON.stringify(good));
    const error = await failure(predict(model, summary, input, { maxAttempts: 1 }));
    expect(isModelError(error, 'PREDICTION_FAILED') && error.attempts.length).toBe(1);
  });
});

describe('when the model cannot answer', () => {
  const busy = new ModelBusyError({ host: 'h', status: 503, detail: 'busy' });

  it('it is not asked again; its error comes through, after the attempt was told', async () => {
    const onAttempt = vi.fn();
    expect(await failure(predict(replying(busy), summary, input, { onAttempt }))).toBe(busy);
    expect(onAttempt).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ outcome: 'error', error: busy }),
    );
  });

  it('the fallback answers, and is told why', async () => {
    const fallback = vi.fn(() => ({ ...good, status: 'open' as const }));
    const { source } = await predict(replying(busy), { ...summary, fallback }, input);
    expect(source).toBe('fallback');
    expect(fallback).toHaveBeenCalledWith(input, busy);
  });

  it('an answer that stopped by itself is asked for again', async () => {
    const cut = new StreamCutError({ model: 'm', how: 'ended', partialText: '{' });
    const { attempts } = await predict(replying(cut, JSON.stringify(good)), summary, input);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['cut-off', 'ok']);
  });

  it('an abort ends it with its reason, without fallback', async () => {
    const stop = new AbortController();
    const model = scriptedLanguageModel({
      reply: () => {
        stop.abort(new Error('cancelled'));
        return new Promise<never>(() => {});
      },
    });
    const fallback = vi.fn(() => ({ ...good, status: 'open' as const }));
    const error = await failure(
      predict(model, { ...summary, fallback }, input, { signal: stop.signal }),
    );
    expect(error).toEqual(new Error('cancelled'));
    expect(fallback).not.toHaveBeenCalled();
  });

  it('an abort wins over an error of the model that comes with it', async () => {
    const stop = new AbortController();
    const onAttempt = vi.fn();
    const model = {
      ...scriptedLanguageModel(),
      generate: async () => {
        stop.abort(new Error('cancelled'));
        throw busy;
      },
    };
    const own = { ...summary, fallback: () => ({ ...good, status: 'open' as const }) };
    const error = await failure(predict(model, own, input, { signal: stop.signal, onAttempt }));
    expect(error).toEqual(new Error('cancelled'));
    expect(onAttempt).not.toHaveBeenCalled();
  });

  it('timeoutMs ends all attempts together: ModelTimeoutError, or the fallback', async () => {
    const silent = () => scriptedLanguageModel({ reply: () => new Promise<never>(() => {}) });
    const error = await failure(predict(silent(), summary, input, { timeoutMs: 20 }));
    expect(error).toMatchObject({ code: 'MODEL_TIMEOUT', phase: 'whole', timeoutMs: 20 });
    const own = { ...summary, fallback: () => ({ ...good, status: 'open' as const }) };
    expect((await predict(silent(), own, input, { timeoutMs: 20 })).source).toBe('fallback');
  });

  it('a bug in a hook is not taken for a failure of the model', async () => {
    const bug = new TypeError('a bug');
    const check = () => {
      throw bug;
    };
    const own = { ...summary, fallback: () => ({ ...good, status: 'open' as const }) };
    expect(await failure(predict(replying(JSON.stringify(good)), own, input, { check }))).toBe(bug);
  });
});

describe('the window', () => {
  it('the answer gets its slot, or what the prompt leaves', async () => {
    const model = scriptedLanguageModel({ id: 'mistral:7b', reply: () => JSON.stringify(good) });
    await predict(model, summary, input);
    await predict(model, summary, { code: 'word '.repeat(5_000) });
    expect(model.requests[0]?.maxTokens).toBe(2_500);
    expect(model.requests[1]?.maxTokens).toBeLessThan(2_500);
    expect(model.requests[1]?.maxTokens).toBeGreaterThan(500);
  });

  it('a second attempt shows less of the first where all of it would not fit', async () => {
    const profile = modelProfile('tiny', { contextWindow: 900, maxOutputTokens: 100 });
    const left = [`{"purpose": "${'words that fill the window '.repeat(60)}`, JSON.stringify(good)];
    const model = scriptedLanguageModel({ profile, reply: () => left.shift() });
    const { source } = await predict(
      model,
      summary,
      { code: 'word '.repeat(350) },
      { maxTokens: 300 },
    );
    expect(source).toBe('model');
    expect(model.requests[1]?.messages).toHaveLength(2);
  });

  it('a prompt that does not fit at all is PromptTooLongError', async () => {
    const error = await failure(predict(replying(), summary, { code: 'word '.repeat(40_000) }));
    expect(isModelError(error, 'PROMPT_TOO_LONG')).toBe(true);
  });
});
