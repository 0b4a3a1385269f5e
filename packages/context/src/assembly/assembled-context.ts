import type { ModelCall } from '@org/events';
import type { ChatMessage, LanguageModel } from '@org/models';

/** The four layers of every context, in this order. */
export type LayerName = 'system' | 'state' | 'events' | 'current';

/** One layer as it stands in the prompt. */
export interface ContextLayer {
  readonly name: LayerName;
  readonly text: string;
  /** By the chosen model's counter. */
  readonly tokens: number;
}

/** One piece that was put in: what it is, at which level of detail, and what was kept of it. */
export type IncludedPiece = ModelCall['prompt']['included'][number];

/** One piece that was left out, and why. */
export type DroppedPiece = ModelCall['prompt']['dropped'][number];

/** Everything a model needs to see before one call, inside its window. */
export interface AssembledContext {
  /** The model to ask: the preferred one, or the larger one that the context was routed to. */
  readonly model: LanguageModel;
  /** Exactly what to send: one system message, one user message. */
  readonly messages: readonly ChatMessage[];
  /** `system`, `state`, `events`, `current`; the first is the system message, the others the user's. */
  readonly layers: readonly ContextLayer[];
  /** Of all messages, by the model's counter; not yet with its margin. */
  readonly tokens: number;
  /** The model's whole window, in tokens. */
  readonly window: number;
  /** Tokens the answer may take: its slot, or what is left, never less than 1 024 (or what was asked for). */
  readonly maxOutputTokens: number;
  readonly included: readonly IncludedPiece[];
  readonly dropped: readonly DroppedPiece[];
  /** Refs of what was cut in its middle, and marked there. */
  readonly truncated: readonly string[];
  /** Tokens of the task's whole log, as JSON, for each token of this context; 1 or more is a saving. */
  readonly compressionRatio: number;
  readonly builderVersion: string;
  /** SHA-256 (hex) over the exact messages. */
  readonly promptHash: string;
  /** The highest sequence the context saw; 0 for an empty log. */
  readonly asOfSequence: number;
  /** What does not come from this task's own log, by the SHA-256 (hex) of its text. */
  readonly external: Readonly<Record<string, string>>;
  /** Id of the model that was too small; null when the preferred one took it. */
  readonly routedFrom: string | null;
  /** What to store as `prompt` of the model call, so that `rebuild` gives the same messages. */
  readonly record: ModelCall['prompt'];
}

/** A prompt written again from the log. */
export interface RebuiltContext {
  readonly messages: readonly ChatMessage[];
  readonly layers: readonly Omit<ContextLayer, 'tokens'>[];
  readonly promptHash: string;
}
