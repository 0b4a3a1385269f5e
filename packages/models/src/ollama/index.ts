export type { OllamaEmbeddingModelOptions } from './ollama-embedding-model.ts';
export { ollamaEmbeddingModel } from './ollama-embedding-model.ts';
export type { OllamaHealthOptions } from './ollama-health.ts';
export { ollamaHealth } from './ollama-health.ts';
export { parseOllamaHost } from './ollama-host.ts';
export type { OllamaLanguageModelOptions } from './ollama-language-model.ts';
export { ollamaLanguageModel } from './ollama-language-model.ts';
export type { OllamaConnection } from './ollama-options.ts';
export type { Retry, RetryClock, RetryOptions } from './retry.ts';
