import {
  estimatingCounter,
  type LanguageModel,
  modelProfile,
  type TokenCounter,
} from '@org/models';

/** A model that is only measured, never asked: building a context must not ask one. */
export function silentModel(
  id: string,
  options: { readonly contextWindow?: number; readonly tokens?: TokenCounter } = {},
): LanguageModel {
  const profile = modelProfile(id, { contextWindow: options.contextWindow });
  return {
    id,
    host: 'http://127.0.0.1:11434',
    profile,
    tokens: options.tokens ?? estimatingCounter(profile.family),
    generate: () => Promise.reject(new Error('a context asked a model')),
  };
}

export const mistral = silentModel('mistral:7b');
export const qwen = silentModel('qwen3:8b');
export const larger = silentModel('larger:70b', { contextWindow: 131_072 });
