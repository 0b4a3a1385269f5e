import type { Event, ModelCall } from '@org/events';
import type { LanguageModel } from '@org/models';
import type { AssembleRequest } from './assemble-request.ts';
import type { AssembledContext, RebuiltContext } from './assembled-context.ts';
import type { PastWork } from './builder/past-work.ts';

/** How contexts are built. */
export interface ContextManagerOptions {
  /** The models to route between, smallest window first. At least one. */
  readonly models: readonly LanguageModel[];
  /** What other tasks taught: similar tasks, corrections of the same failure. @default none */
  readonly pastWork?: PastWork | undefined;
}

/** Builds the context of each model call: four layers, inside the chosen model's window. */
export class ContextManager {
  readonly #options: ContextManagerOptions;

  constructor(options: ContextManagerOptions) {
    this.#options = options;
  }

  /**
   * Builds the context of one call and chooses the model for it.
   *
   * @throws ContextOverflowError when what may not be cut fits no model
   * @throws UnknownModelError when `request.model` is not configured
   */
  async assemble(
    request: AssembleRequest,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<AssembledContext> {
    options.signal?.throwIfAborted();
    throw new Error(`not built yet: ${request.purpose} for ${this.#options.models.length} models`);
  }

  /**
   * Writes the exact prompt of a recorded call again, from the log and from what was stored with the call.
   *
   * Never calls a model and counts no tokens.
   *
   * @throws NotRebuildableError when something that the prompt was made of is missing
   * @throws PromptMismatchError when the result does not have the recorded hash
   */
  async rebuild(request: {
    readonly taskId: string;
    readonly events: readonly Event[];
    readonly call: Pick<ModelCall, 'callId' | 'prompt'>;
  }): Promise<RebuiltContext> {
    throw new Error(`not built yet: ${request.call.callId}`);
  }
}
