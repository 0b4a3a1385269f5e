import type { Event } from '@org/events';
import type { PastWorkItem } from '../builder/past-work.ts';
import { externalHash, externalRef } from '../builder/state-sources.ts';
import { type EventPiece, eventRef } from '../summary/event-pieces.ts';
import { defaultSystemPrompt } from '../system-prompt.ts';
import type { AssembledContext, DroppedPiece, IncludedPiece } from './assembled-context.ts';
import { builderVersion, layerNames, messagesOf, promptHashOf } from './prompt-layers.ts';
import type { PromptParts, PromptPlan } from './prompt-plan.ts';

/** Says what a prompt is made of, and what it takes to write it again. */
export function describeContext(
  plan: PromptPlan,
  context: {
    readonly parts: PromptParts;
    readonly pastWork: readonly PastWorkItem[];
    readonly routedFrom: string | null;
    readonly logTokens: number;
  },
): AssembledContext {
  const { parts } = context;
  const { request, view } = parts;
  const { model, tokens } = plan;
  const external: Record<string, string> = {};
  const keep = (text: string): string => {
    const ref = externalRef(text);
    external[externalHash(ref) ?? ref] = text;
    return ref;
  };
  const included = includedPieces(plan, parts, keep);
  for (const { text } of context.pastWork)
    if (included.some(({ ref }) => ref === externalRef(text))) keep(text);
  const messages = messagesOf(plan.layers);
  const record = {
    hash: promptHashOf(messages),
    builderVersion,
    asOfSequence: view.events.at(-1)?.sequence ?? 0,
    compressionRatio: tokens === 0 ? 1 : context.logTokens / tokens,
    included,
    dropped: [...plan.state.dropped, ...droppedEvents(parts, plan.events)],
    truncated: [...new Set([...plan.state.truncated, ...cutEvents(plan.events)])],
    external,
    request: {
      purpose: request.purpose,
      module: request.module,
      instructions: request.instructions,
      currentEventId: request.currentEvent.eventId,
    },
  };
  return {
    model,
    messages,
    layers: layerNames.map((name) => ({
      name,
      text: plan.layers[name],
      tokens: model.tokens.count(plan.layers[name]),
    })),
    tokens,
    window: model.profile.contextWindow,
    maxOutputTokens: plan.maxOutputTokens,
    included: record.included,
    dropped: record.dropped,
    truncated: record.truncated,
    compressionRatio: record.compressionRatio,
    builderVersion,
    promptHash: record.hash,
    asOfSequence: record.asOfSequence,
    external,
    routedFrom: context.routedFrom,
    record,
  };
}

function includedPieces(
  plan: PromptPlan,
  { system, statistics, request, view }: PromptParts,
  keep: (text: string) => string,
): IncludedPiece[] {
  const count = (text: string) => plan.model.tokens.count(text);
  const { currentEvent, instructions } = request;
  const builtIn = system === defaultSystemPrompt(currentEvent.eventType);
  const stored = view.events.some(({ eventId }) => eventId === currentEvent.eventId);
  const current = stored ? eventRef(currentEvent) : keep(JSON.stringify(currentEvent));
  const instructed = count(instructions);
  return [
    {
      ref: builtIn ? `system:${currentEvent.eventType}` : keep(system),
      layer: 'system',
      tokens: count(system),
      form: builtIn ? 'built-in' : 'given',
    },
    ...plan.state.pieces.map((piece) => ({ ...recorded(piece), layer: 'state' })),
    { ref: 'statistics', layer: 'events', tokens: count(statistics), form: 'line' },
    ...plan.events.map((piece) => ({ ...recorded(piece), layer: 'events' })),
    {
      ref: current,
      layer: 'current',
      tokens: Math.max(0, count(plan.layers.current) - instructed),
      form: 'current',
    },
    { ref: 'instructions', layer: 'current', tokens: instructed, form: 'given' },
  ];
}

function recorded(piece: {
  readonly ref: string;
  readonly form: string;
  readonly tokens: number;
  readonly kept: readonly [number, number] | null;
}): Omit<IncludedPiece, 'layer'> {
  const { ref, form, tokens, kept } = piece;
  return kept === null ? { ref, form, tokens } : { ref, form, tokens, kept: [...kept] };
}

function cutEvents(events: readonly EventPiece[]): string[] {
  return events.filter(({ kept }) => kept !== null).map(({ ref }) => ref);
}

/** The events that have no line of their own, as runs of versions with one reason each. */
function droppedEvents(parts: PromptParts, shown: readonly EventPiece[]): DroppedPiece[] {
  const { view, relevant, request } = parts;
  const told = new Set(shown.map(({ ref }) => ref));
  const matters = new Set(relevant.map(({ eventId }) => eventId));
  const runs: { first: Event; last: Event; reason: string }[] = [];
  let open = false;
  for (const event of view.events) {
    const dropped = event.eventId !== request.currentEvent.eventId && !told.has(eventRef(event));
    const reason = matters.has(event.eventId)
      ? 'budget: older events'
      : 'not relevant to the current event';
    const run = runs.at(-1);
    if (dropped && open && run?.reason === reason) run.last = event;
    else if (dropped) runs.push({ first: event, last: event, reason });
    open = dropped;
  }
  return runs.map(({ first, last, reason }) => ({
    ref: first === last ? eventRef(first) : `events:${first.version}-${last.version}`,
    reason,
  }));
}
