import type { Event } from '@org/events';
import { encodeEventMessage } from '../wire/index.ts';
import { textFrame } from './text-frame.ts';

/** An event on its way to clients: encoded when first asked for, then shared by all of them. */
export class TaskMessage {
  readonly event: Event;
  /** The task's sequence before this one; null: this is its first. */
  readonly previous: number | null;
  #text: Buffer | undefined;
  #frame: Buffer | undefined;
  #block: Buffer | undefined;

  constructor(event: Event, previous: number | null) {
    this.event = event;
    this.previous = previous;
  }

  /** The message as JSON. */
  get text(): Buffer {
    this.#text ??= Buffer.from(JSON.stringify(encodeEventMessage(this.event, this.previous)));
    return this.#text;
  }

  /** The message as a frame of a WebSocket. */
  get frame(): Buffer {
    this.#frame ??= textFrame(this.text);
    return this.#frame;
  }

  /** The message as a block of an event stream, its id the sequence. */
  get block(): Buffer {
    this.#block ??= Buffer.concat([
      Buffer.from(`id: ${this.event.sequence}\nevent: message\ndata: `),
      this.text,
      Buffer.from('\n\n'),
    ]);
    return this.#block;
  }
}

/** What happened to one task within one turn of the event loop. */
export class TaskMessages {
  readonly messages: readonly TaskMessage[];
  readonly first: TaskMessage;
  readonly last: TaskMessage;
  readonly firstSequence: number;
  readonly lastSequence: number;
  #frames: readonly Buffer[] | undefined;

  constructor(messages: readonly [TaskMessage, ...TaskMessage[]]) {
    this.messages = messages;
    this.first = messages[0];
    this.last = messages.at(-1) ?? messages[0];
    this.firstSequence = this.first.event.sequence;
    this.lastSequence = this.last.event.sequence;
  }

  /** The frames of all of them, in few pieces: together they are one buffer unless they are large. */
  get frames(): readonly Buffer[] {
    this.#frames ??= joined(this.messages.map(({ frame }) => frame));
    return this.#frames;
  }
}

/** Above this, copying costs more than a longer list for the kernel saves. */
const joinedBytes = 65_536;

function joined(frames: readonly Buffer[]): readonly Buffer[] {
  if (frames.length === 1) return frames;
  const size = frames.reduce((sum, { length }) => sum + length, 0);
  return size > joinedBytes ? frames : [Buffer.concat(frames, size)];
}

/** Groups messages without an empty group. */
export function groupMessages(messages: readonly TaskMessage[]): TaskMessages | undefined {
  const [first, ...rest] = messages;
  return first && new TaskMessages([first, ...rest]);
}
