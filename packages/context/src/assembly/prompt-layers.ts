import { createHash } from 'node:crypto';
import { codingEvents, type Event } from '@org/events';
import type { ChatMessage } from '@org/models';
import { failureText } from '../builder/pieces/failure-text.ts';
import { eventHead } from '../summary/event-line.ts';
import { eventText } from '../summary/event-text.ts';
import type { LayerName } from './assembled-context.ts';

/** Names the way prompts are written; another way, another name. */
export const builderVersion = 'context-1';

/** The texts of the four layers. */
export type LayerTexts = Readonly<Record<LayerName, string>>;

export const layerNames: readonly LayerName[] = ['system', 'state', 'events', 'current'];

/** The messages that carry the layers: the system prompt, and one of the user with the other three. */
export function messagesOf(layers: LayerTexts): readonly ChatMessage[] {
  return [
    { role: 'system', content: layers.system },
    { role: 'user', content: `${layers.state}\n\n${layers.events}\n\n${layers.current}` },
  ];
}

/** SHA-256 (hex) over the roles and contents, in order. */
export function promptHashOf(messages: readonly ChatMessage[]): string {
  const canonical = JSON.stringify(messages.map(({ role, content }) => [role, content]));
  return createHash('sha256').update(canonical).digest('hex');
}

/** The third layer: the task in figures, then its events. */
export function eventsLayer(
  statistics: string,
  events: readonly { readonly text: string }[],
): string {
  const told =
    events.length === 0
      ? ['Nothing else that matters for this step.']
      : events.map(({ text }) => text);
  return ['## What happened so far', statistics, ...told].join('\n');
}

/** The last layer: what happened now, whole, and what to do. */
export function currentLayer(event: Event, instructions: string): string {
  return `## What happened now\n${currentText(event)}\n\n## What to do now\n${instructions}`;
}

const testFailed = codingEvents.definitions.TEST_FAILED;

function currentText(event: Event): string {
  if (event.eventType === 'TEST_FAILED' && testFailed.safeParse(event.data).success)
    return `${eventHead(event)}\n${failureText(event)}`;
  // The files that a task brings along stand in the state, each with its path.
  return eventText(event, event.eventType === 'TASK_CREATED' ? 'listed' : 'whole');
}
