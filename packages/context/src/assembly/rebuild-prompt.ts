import type { Event, ModelCall } from '@org/events';
import { joinPieces } from '../builder/hierarchical-context-builder.ts';
import { eventOfVersion, type TaskView } from '../builder/pieces/task-view.ts';
import { externalHash, textSource } from '../builder/state-sources.ts';
import { NotRebuildableError, PromptMismatchError } from '../errors/request-errors.ts';
import { cutAt } from '../summary/cut-middle.ts';
import { eventLine } from '../summary/event-line.ts';
import { countLine } from '../summary/event-pieces.ts';
import { eventText } from '../summary/event-text.ts';
import { figuresOf, statisticsLine } from '../summary/task-statistics.ts';
import { defaultSystemPrompt } from '../system-prompt.ts';
import type { IncludedPiece, RebuiltContext } from './assembled-context.ts';
import { taskView } from './live-tasks.ts';
import {
  currentLayer,
  eventsLayer,
  type LayerTexts,
  layerNames,
  messagesOf,
  promptHashOf,
} from './prompt-layers.ts';

/** What to write again. */
export interface RebuildRequest {
  readonly taskId: string;
  /** The task's log, at least as far as the call saw it. */
  readonly events: readonly Event[];
  readonly call: Pick<ModelCall, 'callId' | 'prompt'>;
}

/** Writes a recorded prompt again, piece by piece, from the pieces' names: nothing is ranked or counted. */
export function rebuildPrompt(request: RebuildRequest): RebuiltContext {
  const { call, taskId } = request;
  const { prompt } = call;
  if (prompt.request === undefined) throw missing(request, 'request');
  const seen = request.events.filter(({ sequence }) => sequence <= prompt.asOfSequence);
  const view = taskView(taskId, seen);
  if ((view.events.at(-1)?.sequence ?? 0) !== prompt.asOfSequence)
    throw missing(request, `sequence:${prompt.asOfSequence}`);
  const of = (layer: string) => prompt.included.filter((piece) => piece.layer === layer);
  const layers: LayerTexts = {
    system: systemText(request, of('system')),
    state: stateText(request, { view, pieces: of('state') }),
    events: eventsText(request, { view, pieces: of('events') }),
    current: currentLayer(currentEvent(request, of('current')), prompt.request.instructions),
  };
  const messages = messagesOf(layers);
  const promptHash = promptHashOf(messages);
  if (promptHash !== prompt.hash)
    throw new PromptMismatchError({
      callId: call.callId,
      expected: prompt.hash,
      actual: promptHash,
      builderVersion: prompt.builderVersion,
    });
  return { messages, layers: layerNames.map((name) => ({ name, text: layers[name] })), promptHash };
}

interface LayerPieces {
  readonly view: TaskView;
  readonly pieces: readonly IncludedPiece[];
}

function systemText(request: RebuildRequest, [piece]: readonly IncludedPiece[]): string {
  if (piece === undefined) throw missing(request, 'system');
  if (externalHash(piece.ref) !== null) return external(request, piece.ref);
  return defaultSystemPrompt(piece.ref.slice('system:'.length));
}

function stateText(request: RebuildRequest, { view, pieces }: LayerPieces): string {
  const textOf = textSource(view, (ref) => external(request, ref));
  const texts = pieces.map((piece) => {
    const text = textOf({ ref: piece.ref, form: piece.form ?? '' });
    if (text === null) throw missing(request, `${piece.ref} (${piece.form})`);
    return { text: cut(text, piece) };
  });
  return joinPieces(texts);
}

function eventsText(request: RebuildRequest, { view, pieces }: LayerPieces): string {
  const [statistics, ...events] = pieces;
  if (statistics === undefined) throw missing(request, 'statistics');
  const texts = events.map((piece) => ({
    text: cut(eventPieceText(request, { view, piece }), piece),
  }));
  return eventsLayer(statisticsLine(figuresOf(view.state, view.events)), texts);
}

function eventPieceText(
  request: RebuildRequest,
  { view, piece }: { readonly view: TaskView; readonly piece: IncludedPiece },
): string {
  const name = piece.ref.slice(piece.ref.indexOf(':') + 1);
  if (piece.form === 'count') {
    const last = Number(name.split('-')[1]);
    return countLine(view.events.filter(({ version }) => version <= last));
  }
  const event = eventOfVersion(view, Number(name));
  if (event === undefined) throw missing(request, piece.ref);
  if (piece.form === 'line') return eventLine(event);
  return eventText(event, piece.form === 'brief' ? 'brief' : 'whole');
}

function currentEvent(request: RebuildRequest, [piece]: readonly IncludedPiece[]): Event {
  const id = request.call.prompt.request?.currentEventId;
  const stored = request.events.find(({ eventId }) => eventId === id);
  if (piece !== undefined && externalHash(piece.ref) !== null)
    // Written by this package from an event, and its hash is checked with the whole prompt.
    return JSON.parse(external(request, piece.ref)) as Event;
  if (stored === undefined) throw missing(request, `event:${id}`);
  return stored;
}

function external(request: RebuildRequest, ref: string): string {
  const hash = externalHash(ref) ?? '';
  const texts = request.call.prompt.external;
  const text = Object.hasOwn(texts, hash) ? texts[hash] : undefined;
  if (text === undefined) throw missing(request, ref);
  return text;
}

function cut(text: string, { kept }: IncludedPiece): string {
  return kept === undefined ? text : cutAt(text, kept);
}

function missing({ call }: RebuildRequest, what: string): NotRebuildableError {
  return new NotRebuildableError({ callId: call.callId, missing: what });
}
