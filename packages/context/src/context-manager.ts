import type { Event, ModelCall } from '@org/events';
import type { LanguageModel } from '@org/models';
import type { AssembleRequest } from './assembly/assemble-request.ts';
import type { AssembledContext, RebuiltContext } from './assembly/assembled-context.ts';
import { describeContext } from './assembly/context-record.ts';
import { LiveTasks } from './assembly/live-tasks.ts';
import { currentLayer } from './assembly/prompt-layers.ts';
import type { PromptParts } from './assembly/prompt-plan.ts';
import { rebuildPrompt } from './assembly/rebuild-prompt.ts';
import { routePrompt } from './assembly/route-prompt.ts';
import {
  HierarchicalContextBuilder,
  type LivePiece,
} from './builder/hierarchical-context-builder.ts';
import type { PastWork, PastWorkItem } from './builder/past-work.ts';
import { latestFailure, type TaskView } from './builder/pieces/task-view.ts';
import { stateSources } from './builder/state-sources.ts';
import { OnlineCache } from './cache/online-cache.ts';
import { InvalidContextRequestError } from './errors/request-errors.ts';
import { loadCodeParser } from './graph/code/code-parser.ts';
import { tiersFrom } from './model-router.ts';
import { SystemPromptCache } from './prompt-cache.ts';
import { RelevanceFilter } from './relevance-filter.ts';
import { figuresOf, statisticsLine } from './summary/task-statistics.ts';

/** How contexts are built. */
export interface ContextManagerOptions {
  /** The models to route between, smallest window first. At least one. */
  readonly models: readonly LanguageModel[];
  /** @default the built-in prompts */
  readonly systemPrompts?: SystemPromptCache | undefined;
  /** What other tasks taught: similar tasks, corrections of the same failure. @default none */
  readonly pastWork?: PastWork | undefined;
  /** Called when `pastWork` failed; the context does without it. */
  readonly onPastWorkError?: ((error: unknown) => void) | undefined;
  /** Events in full, at most. @default 5 */
  readonly keepRecent?: number | undefined;
  /** Events that are looked at, at most: the newest relevant ones. @default 50 */
  readonly relevantEvents?: number | undefined;
  /** Tasks kept folded in memory. @default 32 */
  readonly liveTasks?: number | undefined;
}

/** Of one event told in full. */
const maxEventTokens = 250;
/** Past tasks and corrections that are looked up for one context. */
const pastWorkLimit = 4;

/**
 * Builds the context of each model call: system prompt, state summary, compressed events, current
 * event, inside the window of the smallest model that holds what the call needs.
 *
 * Works without any model or embeddings: facts come from the log and a parser.
 */
export class ContextManager {
  readonly #models: readonly LanguageModel[];
  readonly #prompts: SystemPromptCache;
  readonly #pastWork: PastWork | undefined;
  readonly #onPastWorkError: ((error: unknown) => void) | undefined;
  readonly #keepRecent: number;
  readonly #filter: RelevanceFilter;
  readonly #tasks: LiveTasks;
  readonly #online = new Map<string, OnlineCache<LivePiece>>();

  constructor(options: ContextManagerOptions) {
    if (options.models.length === 0)
      throw new InvalidContextRequestError('a ContextManager needs at least one model');
    this.#models = options.models;
    this.#prompts = options.systemPrompts ?? new SystemPromptCache();
    this.#pastWork = options.pastWork;
    this.#onPastWorkError = options.onPastWorkError;
    this.#keepRecent = options.keepRecent ?? 5;
    this.#filter = new RelevanceFilter({ limit: options.relevantEvents });
    this.#tasks = new LiveTasks(options.liveTasks ?? 32);
    for (const { id, profile } of options.models)
      this.#online.set(id, new OnlineCache({ budget: onlineWindows * profile.contextWindow }));
  }

  /** The pieces that were shown to a model lately; undefined for a model that is not configured. */
  online(model: string): OnlineCache<LivePiece> | undefined {
    return this.#online.get(model);
  }

  /**
   * Builds the context of one call and chooses the model for it.
   *
   * @throws ContextOverflowError when what may not be cut fits no model
   * @throws UnknownModelError when `request.model` is not configured
   * @throws InvalidContextRequestError when the current event is of another task
   */
  async assemble(
    request: AssembleRequest,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<AssembledContext> {
    options.signal?.throwIfAborted();
    assertRequest(request);
    const tiers = tiersFrom(this.#models, request.model);
    const [system, pastWork] = await Promise.all([
      this.#prompts.get(request.currentEvent.eventType),
      this.#recall(request, options.signal),
      loadCodeParser(),
    ]);
    options.signal?.throwIfAborted();
    // From here on nothing waits: the view shares its graph with the next one of the same task.
    const view = this.#tasks.view(request.taskId, request.events);
    const parts = this.#parts(request, { view, system, pastWork });
    const plan = routePrompt(tiers, parts, (model) => {
      const online = this.#online.get(model.id);
      return new HierarchicalContextBuilder({ tokens: model.tokens, online });
    });
    return describeContext(plan, {
      parts,
      pastWork,
      routedFrom: plan.model === tiers[0] ? null : tiers[0].id,
      logTokens: this.#tasks.logTokens(view, plan.model.tokens),
    });
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
    await loadCodeParser();
    return rebuildPrompt(request);
  }

  #parts(
    request: AssembleRequest,
    given: {
      readonly view: TaskView;
      readonly system: string;
      readonly pastWork: readonly PastWorkItem[];
    },
  ): PromptParts {
    const { view, system, pastWork } = given;
    const { purpose, module, currentEvent, instructions } = request;
    return {
      request,
      view,
      system,
      current: currentLayer(currentEvent, instructions),
      sources: stateSources(view, { purpose, module, currentEvent }, pastWork),
      statistics: statisticsLine(figuresOf(view.state, view.events)),
      relevant: this.#filter.filter(view.events, currentEvent),
      keepRecent: this.#keepRecent,
      maxEventTokens,
    };
  }

  async #recall(
    request: AssembleRequest,
    signal: AbortSignal | undefined,
  ): Promise<readonly PastWorkItem[]> {
    if (this.#pastWork === undefined) return [];
    const view = this.#tasks.view(request.taskId, request.events);
    const failure = request.module === null ? null : latestFailure(view, request.module);
    try {
      return await this.#pastWork.recall(
        {
          taskId: request.taskId,
          text: view.state.prompt,
          failureSignature: failure?.data.signature ?? null,
          limit: pastWorkLimit,
        },
        { signal },
      );
    } catch (error) {
      signal?.throwIfAborted();
      this.#onPastWorkError?.(error);
      return [];
    }
  }
}

/** An online cache remembers the pieces of so many full windows of its model. */
const onlineWindows = 8;

function assertRequest({ taskId, currentEvent, generationTokens }: AssembleRequest): void {
  if (currentEvent.taskId !== taskId)
    throw new InvalidContextRequestError(
      `the current event is of task ${currentEvent.taskId}, not of ${taskId}`,
    );
  if (
    generationTokens !== undefined &&
    !(Number.isSafeInteger(generationTokens) && generationTokens > 0)
  )
    throw new InvalidContextRequestError(
      `generationTokens must be a whole number above 0, not ${generationTokens}`,
    );
}
