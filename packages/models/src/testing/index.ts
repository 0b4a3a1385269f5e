export { hashEmbedding } from './hash-embedding.ts';
export { hashEmbeddingModel } from './hash-embedding-model.ts';
export type { OllamaStandIn, OllamaStandInOptions } from './ollama-stand-in.ts';
export { standInVersion, startOllamaStandIn } from './ollama-stand-in.ts';
export type {
  StandInFault,
  StandInModel,
  StandInRule,
  StandInScript,
} from './script.ts';
export { parseScript } from './script.ts';
export type {
  ScriptedLanguageModel,
  ScriptedLanguageModelOptions,
  ScriptedReply,
} from './scripted-language-model.ts';
export { scriptedLanguageModel } from './scripted-language-model.ts';
export type { FaultTarget } from './stand-in/fault-plan.ts';
export type { LoggedRequest } from './stand-in/request-log.ts';
