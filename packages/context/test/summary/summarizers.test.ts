import { estimatingCounter, type LanguageModel, ModelServerError } from '@org/models';
import { scriptedLanguageModel } from '@org/models/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FunctionSummarizer, ModuleSummarizer, TaskSummarizer } from '../../src/index.ts';

const counter = estimatingCounter('other');
const validators = `"""Checks contact data."""
import re
from models import Contact

def validate_email(email: str) -> bool:
    """Whether a text looks like an address."""
    print(email)
    return re.match(".+@.+", email) is not None

class Validator:
    def run(self, contact: Contact):
        self.count = self.count + 1
        return validate_email(contact.email)
`;

const moduleInput = {
  moduleName: 'validators.py',
  sourceCode: validators,
  testResults: [
    { name: 'test_a', status: 'passed' },
    { name: 'test_b', status: 'failed' },
  ],
  iterationHistory: ['v1: a regular expression', 'v2: with anchors'],
};
const functionInput = {
  functionName: 'validate_email',
  sourceCode: validators,
  dependencies: ['re'],
};
const taskInput = {
  taskId: 'task-1',
  requirements: 'Build validators for contacts. They reject empty strings.',
  plan: [{ name: 'models.py', purpose: 'Contacts.' }, { name: 'validators.py' }],
  moduleResults: [
    { module: 'models.py', outcome: 'passed', passed: 4, total: 4 },
    { module: 'validators.py', outcome: 'failed', passed: 1, total: 2 },
  ],
} as const;

/** Answers every summary with this JSON. */
function answering(answer: object): ReturnType<typeof scriptedLanguageModel> {
  return scriptedLanguageModel({ reply: () => JSON.stringify(answer) });
}

const modulePro = {
  purpose: 'Checks addresses.',
  keyDecisions: ['No network look-ups.'],
  summary: 'Checks e-mail addresses by pattern.',
};

afterEach(() => {
  vi.useRealTimers();
});

describe('the three summarizers', () => {
  it('gate 3.14: each summarizer gives all its fields, twice the same shape, and a valid summary for empty code', async () => {
    const shape = (value: object) =>
      Object.entries(value).map(
        ([name, field]) => `${name}: ${Array.isArray(field) ? 'array' : typeof field}`,
      );
    const of = async (model: LanguageModel | undefined) => [
      await new ModuleSummarizer({ model }).summarize(moduleInput),
      await new FunctionSummarizer({ model }).summarize(functionInput),
      await new TaskSummarizer({ model }).summarize(taskInput),
    ];
    const expected = [
      [
        'purpose: string',
        'dependencies: array',
        'functions: array',
        'keyDecisions: array',
        'summary: string',
        'author: string',
      ],
      [
        'purpose: string',
        'inputs: array',
        'outputs: string',
        'sideEffects: array',
        'summary: string',
        'author: string',
      ],
      [
        'goal: string',
        'status: string',
        'modules: array',
        'successRate: number',
        'summary: string',
        'author: string',
      ],
    ];
    const model = answering({ ...modulePro, goal: 'Validators for contacts.' });
    expect((await of(undefined)).map(shape)).toEqual(expected);
    expect((await of(undefined)).map(shape)).toEqual(expected);
    expect((await of(model)).map(shape)).toEqual(expected);
    const calls = model.requests.length;
    const empty = [
      await new ModuleSummarizer({ model }).summarize({ moduleName: 'a.py', sourceCode: ' \n' }),
      await new FunctionSummarizer({ model }).summarize({ functionName: 'f', sourceCode: '' }),
      await new TaskSummarizer({ model }).summarize({ taskId: 'task-1', requirements: '' }),
    ];
    expect(empty.map(shape)).toEqual(expected);
    expect(empty.map(({ summary }) => summary)).toEqual([
      'No code yet',
      'No code yet',
      'No requirements yet',
    ]);
    expect(model.requests).toHaveLength(calls);
  });

  it('without a model everything comes from the code and the figures', async () => {
    expect(await new ModuleSummarizer().summarize(moduleInput)).toEqual({
      purpose: 'Checks contact data.',
      dependencies: ['re', 'models'],
      functions: [
        'def validate_email(email: str) -> bool',
        expect.stringContaining('run(self, contact: Contact)'),
      ],
      keyDecisions: ['v1: a regular expression', 'v2: with anchors'],
      summary: expect.stringMatching(
        /^Checks contact data\. Provides .*validate_email.*Needs re, models\. Tests: 1 of 2 passed\.$/,
      ),
      author: 'facts',
    });
    expect(await new FunctionSummarizer().summarize(functionInput)).toEqual({
      purpose: 'Whether a text looks like an address.',
      inputs: ['email: str'],
      outputs: 'bool',
      sideEffects: ['calls print'],
      summary:
        'Whether a text looks like an address. def validate_email(email: str) -> bool. Needs re.',
      author: 'facts',
    });
    expect(await new TaskSummarizer().summarize(taskInput)).toEqual({
      goal: 'Build validators for contacts.',
      status: 'failed',
      modules: ['models.py', 'validators.py'],
      successRate: 5 / 6,
      summary: 'Build validators for contacts. Status: failed, 1 of 2 modules passed.',
      author: 'facts',
    });
  });

  it('a model writes only the prose; facts stay those of the parser', async () => {
    const model = answering({
      ...modulePro,
      dependencies: ['invented'],
      functions: ['invented()'],
    });
    const summary = await new ModuleSummarizer({ model }).summarize(moduleInput);
    expect(summary).toMatchObject({
      ...modulePro,
      author: 'model',
      dependencies: ['re', 'models'],
    });
    expect(summary.functions[0]).toBe('def validate_email(email: str) -> bool');
    const [request] = model.requests;
    expect(request?.messages.at(-1)?.content).toContain('1 of 2 passed');
    expect(request?.format).toMatchObject({ required: ['purpose', 'keyDecisions', 'summary'] });
  });

  it('names methods and what they change', async () => {
    const summary = await new FunctionSummarizer().summarize({
      functionName: 'run',
      sourceCode: validators,
    });
    expect(summary.sideEffects).toEqual(['changes its own count']);
    expect(summary.inputs).toContain('contact: Contact');
  });

  it('keeps a module summary to 200 tokens, a function and a task to 100, whoever wrote them', async () => {
    const long = 'a very long explanation of everything '.repeat(60);
    for (const model of [
      answering({ purpose: 'x', keyDecisions: [], summary: long, goal: long }),
      undefined,
    ]) {
      const module = await new ModuleSummarizer({ model }).summarize({
        ...moduleInput,
        sourceCode: `"""${long}"""\n${validators}`,
      });
      expect(counter.count(module.summary)).toBeLessThanOrEqual(200);
      const fn = await new FunctionSummarizer({ model }).summarize({
        functionName: 'f',
        sourceCode: `def f(a):\n    """${long}"""\n    return a\n`,
      });
      expect(counter.count(fn.summary)).toBeLessThanOrEqual(100);
      const task = await new TaskSummarizer({ model }).summarize({
        ...taskInput,
        requirements: long,
      });
      expect(counter.count(task.summary)).toBeLessThanOrEqual(100);
    }
  });

  it('code with syntax errors is summarised as far as it can be read', async () => {
    const broken =
      'import re\n\ndef first(a: int) -> int:\n    return a\n\ndef second(b:\n    return (((\n';
    const summary = await new ModuleSummarizer().summarize({
      moduleName: 'broken.py',
      sourceCode: broken,
    });
    expect(summary.dependencies).toEqual(['re']);
    expect(summary.functions).toContain('def first(a: int) -> int');
    expect(summary.summary).toContain('syntax errors');
  });

  it('10 000 lines are sampled: what it declares, its head and its tail, inside the window', async () => {
    const source = `import os\n${Array.from({ length: 2_500 }, (_, n) => `def step_${n}(value):\n    total = value + ${n}\n    return total\n`).join('\n')}`;
    expect(source.split('\n').length).toBeGreaterThan(10_000 - 2);
    const model = answering(modulePro);
    const summary = await new ModuleSummarizer({ model }).summarize({
      moduleName: 'huge.py',
      sourceCode: source,
    });
    expect(summary.author).toBe('model');
    expect(summary.functions).toHaveLength(2_500);
    const sent = model.requests[0]?.messages.at(-1)?.content ?? '';
    expect(sent).toContain('Declares:\ndef step_0(value)');
    expect(sent).toContain('def step_2499(value)');
    expect(sent).toContain('characters left out here');
    expect(model.tokens.count(sent)).toBeLessThan(model.profile.contextWindow * 0.8);
  });

  it('a model that does not answer within 30 s, or fails, is replaced by the facts', async () => {
    vi.useFakeTimers();
    const silent = scriptedLanguageModel({ reply: () => new Promise<string>(() => {}) });
    const waiting = new ModuleSummarizer({ model: silent }).summarize(moduleInput);
    await vi.waitFor(() => expect(silent.requests).toHaveLength(1));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(await Promise.race([waiting, Promise.resolve('waiting')])).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await waiting).author).toBe('facts');
    const failing = scriptedLanguageModel({
      reply: () => new ModelServerError({ host: 'x', status: 500, detail: 'down' }),
    });
    expect((await new TaskSummarizer({ model: failing }).summarize(taskInput)).author).toBe(
      'facts',
    );
  });

  it('answers that do not fit the form are asked for again, then replaced', async () => {
    const model = scriptedLanguageModel({ reply: () => '{"purpose": ""}' });
    const summary = await new FunctionSummarizer({ model }).summarize(functionInput);
    expect(summary.author).toBe('facts');
    expect(model.requests).toHaveLength(3);
  });

  it('is aborted by its signal', async () => {
    const reason = new Error('cancelled');
    const model = answering(modulePro);
    await expect(
      new ModuleSummarizer({ model }).summarize(moduleInput, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    expect(model.requests).toHaveLength(0);
  });

  it('says where a task stands', async () => {
    const statusOf = async (
      moduleResults: readonly { module: string; outcome: 'passed' | 'failed' }[],
    ) => {
      const { status, successRate } = await new TaskSummarizer().summarize({
        ...taskInput,
        moduleResults,
      });
      return [status, successRate];
    };
    expect(await statusOf([])).toEqual(['planned', 0]);
    expect(await statusOf([{ module: 'models.py', outcome: 'passed' }])).toEqual(['running', 0.5]);
    expect(
      await statusOf([
        { module: 'models.py', outcome: 'passed' },
        { module: 'validators.py', outcome: 'passed' },
      ]),
    ).toEqual(['completed', 1]);
  });
});
