import { onTestFinished } from 'vitest';
import type { ChatMessage } from '../src/index.ts';
import {
  type OllamaStandIn,
  type OllamaStandInOptions,
  type StandInRule,
  startOllamaStandIn,
} from '../src/testing/index.ts';

/** A stand-in for one test. */
export async function standIn(
  rules: readonly StandInRule[],
  options: Omit<OllamaStandInOptions, 'script'> = {},
): Promise<OllamaStandIn> {
  const server = await startOllamaStandIn({
    ...options,
    script: {
      format: 'ollama-script',
      version: 1,
      models: [
        { name: 'qwen3:8b', contextLength: 40_960 },
        { name: 'mistral:7b', contextLength: 32_768 },
        { name: 'nomic-embed-text', embeddingLength: 64, contextLength: 2_048 },
      ],
      rules: [...rules],
    },
  });
  onTestFinished(() => server.close());
  return server;
}

/** Answers every chat. */
export const answering = (text: string): StandInRule => ({ when: {}, answer: { text } });

export const user = (content: string): readonly ChatMessage[] => [{ role: 'user', content }];

/** What a promise rejected with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it should have failed, but gave ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
