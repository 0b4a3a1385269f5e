import { type OllamaStandIn, startOllamaStandIn } from '@org/models/testing';
import type { Config } from '../config.ts';
import { writtenAnswers, writtenPrompt } from './answers.ts';

/** A stand-in for Ollama on this machine. */
export interface WrittenAnswers {
  /** What is set so that the server asks it, whatever else is configured. */
  readonly settings: Pick<Config, 'ollamaHost' | 'models' | 'embeddingModel'>;
  /** The one task that there are answers for. */
  readonly prompt: string;
  close: OllamaStandIn['close'];
}

/** Starts it with the written answers. */
export async function startWrittenAnswers(options: {
  readonly tokensPerSecond: number;
}): Promise<WrittenAnswers> {
  const standIn = await startOllamaStandIn({ script: writtenAnswers, ...options });
  return {
    settings: {
      ollamaHost: standIn.url,
      models: (writtenAnswers.models ?? []).map(({ name }) => name),
      embeddingModel: null,
    },
    prompt: writtenPrompt,
    close: () => standIn.close(),
  };
}
