import { estimatingCounter } from '../../counting/estimating-counter.ts';
import { familyOf, modelProfile } from '../../model-profile.ts';
import { fullModelName } from '../../ollama/model-name.ts';
import type { TokenCounter } from '../../token-counter.ts';
import type { StandInModel } from '../script.ts';

/** A model as the stand-in presents it. */
export interface ShelvedModel {
  /** With its tag. */
  readonly name: string;
  readonly contextLength: number;
  readonly capabilities: readonly string[];
  readonly embeddingLength: number;
  readonly tokens: TokenCounter;
  /** The body of `/api/tags`. */
  readonly listed: Readonly<Record<string, unknown>>;
  /** The body of `/api/show`. */
  readonly shown: Readonly<Record<string, unknown>>;
}

const modifiedAt = '2026-01-01T00:00:00Z';

export function shelve(
  model: StandInModel,
  countTokens: ((name: string) => TokenCounter) | undefined,
): ShelvedModel {
  const name = fullModelName(model.name);
  const family = name
    .replace(/^.*\//, '')
    .replace(/[:.-].*$/, '')
    .toLowerCase();
  const embedding = model.embeddingLength !== undefined;
  const contextLength = model.contextLength ?? modelProfile(model.name).contextWindow;
  const thinks = /^(qwen3|qwq|deepseek-r1)/.test(family) && !embedding;
  const capabilities =
    model.capabilities ??
    (embedding ? ['embedding'] : ['completion', ...(thinks ? ['thinking'] : [])]);
  const details = {
    parent_model: '',
    format: 'gguf',
    family,
    families: [family],
    parameter_size: model.parameterSize ?? '0B',
    quantization_level: 'none (stand-in)',
  };
  return {
    name,
    contextLength,
    capabilities,
    embeddingLength: model.embeddingLength ?? 768,
    tokens: countTokens?.(model.name) ?? estimatingCounter(familyOf(model.name)),
    listed: {
      name,
      model: name,
      modified_at: modifiedAt,
      size: 0,
      digest: '0'.repeat(64),
      details,
      capabilities,
    },
    shown: {
      modelfile: '# stand-in: there are no weights behind this name',
      parameters: '',
      template: '{{ .Prompt }}',
      details,
      model_info: {
        'general.architecture': family,
        [`${family}.context_length`]: contextLength,
        ...(embedding && { [`${family}.embedding_length`]: model.embeddingLength }),
      },
      capabilities,
      modified_at: modifiedAt,
    },
  };
}
