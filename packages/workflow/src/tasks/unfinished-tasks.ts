import type { Event, EventStore, NewEvent } from '@org/events';
import { z } from 'zod';

const checkpointName = 'workflow/unfinished-tasks';
const checkpointState = z.object({ taskIds: z.array(z.string()) });
/** The types that make a task unfinished or finished; nothing else is read to find out. */
const relevantTypes: readonly Event['eventType'][] = [
  'TASK_CREATED',
  'TASK_COMPLETE',
  'TASK_FAILED',
  'TASK_CANCELLED',
  'BUG_REPORT_RECEIVED',
];
/** Relevant events between two writes: what a start after a crash reads at most. */
const writeEvery = 200;

/**
 * The tasks that have not ended, kept beside the log: a start reads this list and what came after it,
 * however long the history is.
 *
 * 1. What is written is the log as of `#sequence`, read in order: an event is never left out of it because
 *    a later one was noted first.
 * 2. `note` may be called in any order; of one task the newest event counts.
 * 3. Reading an event again changes nothing, so the list may be ahead of the sequence it is written with.
 */
export class UnfinishedTasks {
  readonly #store: EventStore<Event, NewEvent>;
  readonly #taskIds: Set<string>;
  /** Up to here the log has been read. */
  #sequence: number;
  /** The newest event that was noted of each task, as far as it lies behind `#sequence`. */
  readonly #noted = new Map<string, number>();
  #unwritten = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    store: EventStore<Event, NewEvent>,
    known: { readonly taskIds: Iterable<string>; readonly sequence: number },
  ) {
    this.#store = store;
    this.#taskIds = new Set(known.taskIds);
    this.#sequence = known.sequence;
  }

  /** Reads the list and catches up with the log. */
  static async open(store: EventStore<Event, NewEvent>): Promise<UnfinishedTasks> {
    const checkpoint = await store.readCheckpoint(checkpointName);
    const state = checkpointState.safeParse(checkpoint?.state);
    const unfinished = new UnfinishedTasks(store, {
      taskIds: state.success ? state.data.taskIds : [],
      sequence: state.success ? (checkpoint?.sequence ?? 0) : 0,
    });
    unfinished.#unwritten = await unfinished.#catchUp();
    return unfinished;
  }

  /** In the order in which they were created. */
  taskIds(): readonly string[] {
    return [...this.#taskIds];
  }

  has(taskId: string): boolean {
    return this.#taskIds.has(taskId);
  }

  /** Takes an event into account as soon as it is stored. */
  note(event: Event): void {
    if (event.sequence <= this.#sequence) return;
    if (event.sequence <= (this.#noted.get(event.taskId) ?? 0)) return;
    if (!this.#apply(event)) return;
    this.#noted.set(event.taskId, event.sequence);
    this.#unwritten += 1;
  }

  /** Whether enough has changed for the list to be worth writing. */
  get due(): boolean {
    return this.#unwritten >= writeEvery;
  }

  /** Writes the list beside the log; writes never overtake each other. */
  write(): Promise<void> {
    if (this.#unwritten === 0) return this.#writing;
    this.#unwritten = 0;
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => this.#writeAsOfLog())
      .catch((error: unknown) => {
        this.#unwritten += 1;
        throw error;
      });
    return this.#writing;
  }

  async #writeAsOfLog(): Promise<void> {
    await this.#catchUp();
    await this.#store.writeCheckpoint({
      name: checkpointName,
      sequence: this.#sequence,
      state: { taskIds: this.taskIds() },
    });
  }

  /** Reads on; answers how many events it has read. */
  async #catchUp(): Promise<number> {
    let count = 0;
    const news = this.#store.read({ afterSequence: this.#sequence, eventTypes: relevantTypes });
    for await (const event of news) {
      if (event.sequence > (this.#noted.get(event.taskId) ?? 0)) this.#apply(event);
      this.#sequence = event.sequence;
      count += 1;
    }
    for (const [taskId, sequence] of this.#noted)
      if (sequence <= this.#sequence) this.#noted.delete(taskId);
    return count;
  }

  /** Whether the event has to do with being finished. */
  #apply(event: Event): boolean {
    if (!relevantTypes.includes(event.eventType)) return false;
    if (event.eventType === 'TASK_CREATED') this.#taskIds.add(event.taskId);
    else if (event.eventType !== 'BUG_REPORT_RECEIVED') this.#taskIds.delete(event.taskId);
    else if (event.data.accepted) this.#taskIds.add(event.taskId);
    return true;
  }
}
