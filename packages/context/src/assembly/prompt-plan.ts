import type { Event } from '@org/events';
import type { LanguageModel } from '@org/models';
import { marginOf, promptSize } from '@org/models';
import type {
  BuiltState,
  HierarchicalContextBuilder,
} from '../builder/hierarchical-context-builder.ts';
import { moduleState, type TaskView } from '../builder/pieces/task-view.ts';
import type { StateSources } from '../builder/state-sources.ts';
import { minimumGeneration, promptLimit } from '../model-router.ts';
import { type EventPiece, eventPieces } from '../summary/event-pieces.ts';
import { type TokenBudget, tokenBudget } from '../token-budget.ts';
import type { AssembleRequest } from './assemble-request.ts';
import { eventsLayer, type LayerTexts, messagesOf } from './prompt-layers.ts';

/** All that a prompt is made of, whatever the model. */
export interface PromptParts {
  readonly request: AssembleRequest;
  readonly view: TaskView;
  readonly system: string;
  readonly current: string;
  readonly sources: StateSources;
  readonly statistics: string;
  /** The events that matter for the current one, in order. */
  readonly relevant: readonly Event[];
  readonly keepRecent: number;
  readonly maxEventTokens: number;
}

/** One model's prompt. */
export interface PromptPlan {
  readonly model: LanguageModel;
  readonly layers: LayerTexts;
  readonly state: BuiltState;
  readonly events: readonly EventPiece[];
  readonly tokens: number;
  /** Tokens with the margin of an estimate and what the chat template adds. */
  readonly planned: number;
  /** Tokens the prompt may take of the window, margin included. */
  readonly limit: number;
  readonly maxOutputTokens: number;
  /** Everything that may not be cut is whole, and it is within the limit. */
  readonly fits: boolean;
  /** Everything is whole that the call wants whole, and the answer has the room it needs. */
  readonly comfortable: boolean;
}

/** What a chat template may put around two messages, at most. */
const frame = 24;
/** The events layer gets at least so many tokens, for its statistics and a line or two. */
const leastEvents = 150;

/** Writes the prompt for one model: what may not be cut first, then as much as its budget holds. */
export function planPrompt(
  model: LanguageModel,
  parts: PromptParts,
  builder: HierarchicalContextBuilder,
): PromptPlan {
  let trim = 0;
  for (;;) {
    const plan = writePrompt(model, parts, { builder, trim });
    const over = plan.planned - plan.limit;
    if (over <= 0 || !hasOptional(plan)) return plan;
    // Parts counted alone can come out a little below the whole: give back what is too much, at least 1 %.
    trim += Math.max(over, Math.ceil(plan.limit / 100));
  }
}

function writePrompt(
  model: LanguageModel,
  parts: PromptParts,
  { builder, trim }: { readonly builder: HierarchicalContextBuilder; readonly trim: number },
): PromptPlan {
  const { request, system, current, view, sources } = parts;
  const count = (text: string) => model.tokens.count(text);
  const { profile } = model;
  const needed = rewriteTokens(parts, model);
  const wanted = request.generationTokens ?? Math.max(profile.maxOutputTokens, needed);
  const budget = budgetOf(model, wanted);
  const limit = promptLimit(profile, request.generationTokens);
  const fixed = count(system) + count(current);
  const hard = usable(limit, model) - fixed - trim;
  const soft = Math.min(
    hard,
    usable(profile.contextWindow - budget.generation - budget.buffer, model) - fixed - trim,
  );
  const state = builder.build(sources, {
    budget: Math.max(0, soft),
    slots: { ...budget.context, task: budget.task },
    requiredLimit: Math.max(0, hard - leastEvents),
  });
  const room = Math.max(soft - state.tokens, Math.min(leastEvents, hard - state.tokens));
  const events = eventPieces(parts.relevant, {
    count,
    keepRecent: parts.keepRecent,
    maxEventTokens: parts.maxEventTokens,
    recentForm: 'brief',
    maxTokens: room - count(eventsLayer(parts.statistics, [])) - 4,
    log: view.events,
  });
  const layers = {
    system,
    state: state.text,
    events: eventsLayer(parts.statistics, events),
    current,
  };
  const { tokens, planned } = promptSize(model, messagesOf(layers));
  const maxOutputTokens = Math.min(wanted, profile.contextWindow - planned);
  const fits = planned <= limit && state.broken.required.length === 0;
  return {
    model,
    layers,
    state,
    events,
    tokens,
    planned,
    limit,
    maxOutputTokens,
    fits,
    comfortable:
      fits && state.broken.wanted.length === 0 && maxOutputTokens >= Math.min(needed, wanted),
  };
}

/** Who rewrites a file has to write all of it: about what it costs now, and a quarter more. */
function rewriteTokens({ request, view }: PromptParts, model: LanguageModel): number {
  const { module, purpose } = request;
  if (module === null || purpose !== 'correction') return minimumGeneration;
  const files = moduleState(view, module)?.files ?? [];
  const size = files.reduce((sum, { content }) => sum + model.tokens.count(content), 0);
  return Math.max(minimumGeneration, Math.ceil(size * 1.25) + 100);
}

/** The model's budget, with the answer's share that this call wants, as far as half the window goes. */
function budgetOf({ profile }: LanguageModel, wanted: number): TokenBudget {
  const half = Math.floor(profile.contextWindow / 2);
  const maxOutputTokens = Math.min(wanted, Math.max(profile.maxOutputTokens, half));
  return tokenBudget({ ...profile, maxOutputTokens });
}

/** Counted tokens that a limit in planned ones holds. */
function usable(limit: number, model: LanguageModel): number {
  return Math.floor(Math.min(limit - frame, limit / marginOf(model.tokens)));
}

function hasOptional(plan: PromptPlan): boolean {
  return plan.state.pieces.length > 0 || plan.events.length > 0;
}
