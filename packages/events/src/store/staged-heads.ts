import type { StreamHead } from './event-log.ts';
import type { StreamHeads } from './stream-heads.ts';

export const noStream: StreamHead = {
  version: 0,
  sequence: 0,
  vectorClock: Object.freeze({}),
};

/** Stream heads that one append moves, kept apart until all of it is accepted. Nearly always one. */
export class StagedHeads {
  readonly #streams: StreamHeads;
  #taskId: string | null = null;
  #head: StreamHead = noStream;
  #others: Map<string, StreamHead> | null = null;

  constructor(streams: StreamHeads) {
    this.#streams = streams;
  }

  get(taskId: string): StreamHead {
    if (taskId === this.#taskId) return this.#head;
    return this.#others?.get(taskId) ?? this.#streams.get(taskId) ?? noStream;
  }

  set(taskId: string, head: StreamHead): void {
    if (this.#taskId === null || this.#taskId === taskId) {
      this.#taskId = taskId;
      this.#head = head;
    } else {
      this.#others ??= new Map();
      this.#others.set(taskId, head);
    }
  }

  commit(): void {
    if (this.#taskId !== null) this.#streams.set(this.#taskId, this.#head);
    if (this.#others === null) return;
    for (const [taskId, head] of this.#others) this.#streams.set(taskId, head);
  }
}
