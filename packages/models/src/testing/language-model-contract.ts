import assert from 'node:assert/strict';
import { isModelError } from '../errors.ts';
import type { LanguageModel, TokenDelta } from '../language-model.ts';
import type { ContractCase } from './contract-case.ts';

/** A model to be tested, and questions whose answers are known. */
export interface LanguageModelSubject {
  readonly model: LanguageModel;
  /** A question that gets an answer of at least five tokens, the same each time. */
  readonly question: string;
  readonly close?: (() => Promise<void>) | undefined;
}

/** What every LanguageModel promises. Each case makes its own subject and closes it. */
export function languageModelContract(
  subject: () => Promise<LanguageModelSubject>,
): readonly ContractCase[] {
  const promise = (
    name: string,
    check: (subject: LanguageModelSubject) => Promise<void>,
  ): ContractCase => ({
    name,
    async run() {
      const made = await subject();
      try {
        await check(made);
      } finally {
        await made.close?.();
      }
    },
  });
  const asked = (content: string) => [{ role: 'user', content }] as const;

  return [
    promise('answers, and says which model it was', async ({ model, question }) => {
      const result = await model.generate({ messages: asked(question), maxTokens: 200 });
      assert.notEqual(result.text, '');
      assert.equal(result.model, model.id);
      assert.equal(result.finish, 'stop');
      assert.ok(result.durationMs >= 0);
    }),
    promise('streams exactly the text that it returns', async ({ model, question }) => {
      const deltas: TokenDelta[] = [];
      const result = await model.generate({
        messages: asked(question),
        maxTokens: 200,
        onToken: (delta) => deltas.push(delta),
      });
      const text = deltas.filter(({ kind }) => kind === 'text').map((delta) => delta.text);
      assert.equal(text.join(''), result.text);
    }),
    promise('reports null or a positive count of tokens, never 0', async ({ model, question }) => {
      const { usage } = await model.generate({ messages: asked(question), maxTokens: 200 });
      for (const count of [usage.promptTokens, usage.completionTokens])
        assert.ok(count === null || count > 0);
    }),
    promise('ends as length at maxTokens', async ({ model, question }) => {
      const result = await model.generate({ messages: asked(question), maxTokens: 2 });
      assert.equal(result.finish, 'length');
    }),
    promise('refuses a prompt that does not fit, without asking', async ({ model }) => {
      const messages = asked('many words '.repeat(model.profile.contextWindow));
      const error = await failureOf(model.generate({ messages, maxTokens: 1 }));
      assert.ok(isModelError(error, 'PROMPT_TOO_LONG'));
      assert.equal(error.contextWindow, model.profile.contextWindow);
    }),
    promise('rejects at once with the reason of a signal that is aborted already', async (made) => {
      const reason = new Error('not now');
      const error = await failureOf(
        made.model.generate(
          { messages: asked(made.question), maxTokens: 200 },
          { signal: AbortSignal.abort(reason) },
        ),
      );
      assert.equal(error, reason);
    }),
    promise('counts no tokens in nothing', async ({ model }) => {
      assert.equal(model.tokens.count(''), 0);
    }),
  ];
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('it should have failed'),
    (error: unknown) => error,
  );
}
