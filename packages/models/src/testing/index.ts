export type { ContractCase } from './contract-case.ts';
export { embeddingModelContract } from './embedding-model-contract.ts';
export { hashEmbedding } from './hash-embedding.ts';
export { hashEmbeddingModel } from './hash-embedding-model.ts';
export type { LanguageModelSubject } from './language-model-contract.ts';
export { languageModelContract } from './language-model-contract.ts';
export type { OllamaRecorder, OllamaRecorderOptions } from './ollama-recorder.ts';
export { startOllamaRecorder } from './ollama-recorder.ts';
export type { OllamaStandIn, OllamaStandInOptions } from './ollama-stand-in.ts';
export { startOllamaStandIn } from './ollama-stand-in.ts';
export type { StandInFault, StandInModel, StandInRule, StandInScript } from './script.ts';
export { parseScript } from './script.ts';
export type {
  ScriptedLanguageModel,
  ScriptedLanguageModelOptions,
  ScriptedReply,
} from './scripted-language-model.ts';
export { scriptedLanguageModel } from './scripted-language-model.ts';
export { standInVersion } from './stand-in/endpoints.ts';
export type { FaultTarget } from './stand-in/fault-plan.ts';
export type { LoggedRequest } from './stand-in/request-log.ts';
export { tokenCounterContract } from './token-counter-contract.ts';
