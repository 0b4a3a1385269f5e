import { describe, it } from 'vitest';
import { ollamaEmbeddingModel, ollamaLanguageModel } from '../src/ollama/index.ts';
import {
  embeddingModelContract,
  hashEmbeddingModel,
  languageModelContract,
  type StandInScript,
  scriptedLanguageModel,
  startOllamaStandIn,
} from '../src/testing/index.ts';

const script = {
  format: 'ollama-script',
  version: 1,
  models: [{ name: 'qwen3:8b' }, { name: 'nomic-embed-text', embeddingLength: 64 }],
  rules: [{ when: {}, answer: { text: 'Yes, that is so, as far as I know.' } }],
} satisfies StandInScript;
const question = 'Is it so?';

describe('LanguageModel contract: ollamaLanguageModel', () => {
  const suite = languageModelContract(async () => {
    const server = await startOllamaStandIn({ script: script });
    const model = ollamaLanguageModel({ host: server.url, model: 'qwen3:8b' });
    return { model, question, close: () => server.close() };
  });
  for (const { name, run } of suite) it(name, run);
});

describe('LanguageModel contract: scriptedLanguageModel', () => {
  const suite = languageModelContract(async () => ({
    model: scriptedLanguageModel({ script: script }),
    question,
  }));
  for (const { name, run } of suite) it(name, run);
});

describe('EmbeddingModel contract: ollamaEmbeddingModel', () => {
  const suite = embeddingModelContract(async () => {
    const server = await startOllamaStandIn({ script: script });
    const model = ollamaEmbeddingModel({ host: server.url, model: 'nomic-embed-text' });
    return { model, close: () => server.close() };
  });
  for (const { name, run } of suite) it(name, run);
});

describe('EmbeddingModel contract: hashEmbeddingModel', () => {
  for (const { name, run } of embeddingModelContract(async () => ({ model: hashEmbeddingModel() })))
    it(name, run);
});
