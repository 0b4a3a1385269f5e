import type { Event, EventStore, NewEvent } from '@org/events';
import { z } from 'zod';

const checkpointName = 'workflow/unfinished-tasks';
const checkpointState = z.object({ taskIds: z.array(z.string()) });
/** The types that make a task unfinished or finished; nothing else is read to find out. */
const relevantTypes = [
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
 */
export class UnfinishedTasks {
  readonly #store: EventStore<Event, NewEvent>;
  readonly #taskIds: Set<string>;
  #sequence: number;
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
    const news = store.read({ afterSequence: unfinished.#sequence, eventTypes: relevantTypes });
    for await (const event of news) unfinished.note(event);
    return unfinished;
  }

  /** In the order in which they were created. */
  taskIds(): readonly string[] {
    return [...this.#taskIds];
  }

  /** Takes an event into account; to be called in order of sequence. */
  note(event: Event): void {
    if (event.sequence <= this.#sequence) return;
    switch (event.eventType) {
      case 'TASK_CREATED':
        this.#taskIds.add(event.taskId);
        break;
      case 'BUG_REPORT_RECEIVED':
        if (event.data.accepted) this.#taskIds.add(event.taskId);
        break;
      case 'TASK_COMPLETE':
      case 'TASK_FAILED':
      case 'TASK_CANCELLED':
        this.#taskIds.delete(event.taskId);
        break;
      default:
        return;
    }
    this.#sequence = event.sequence;
    this.#unwritten += 1;
  }

  /** Whether enough has changed for the list to be worth writing. */
  get due(): boolean {
    return this.#unwritten >= writeEvery;
  }

  /** Writes the list beside the log; writes never overtake each other. */
  write(): Promise<void> {
    const state = { taskIds: this.taskIds() };
    const sequence = this.#sequence;
    if (this.#unwritten === 0) return this.#writing;
    this.#unwritten = 0;
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => this.#store.writeCheckpoint({ name: checkpointName, sequence, state }));
    return this.#writing;
  }
}
