import type { AppendResult, Event, EventStore, NewEvent } from '@org/events';
import { codeOf } from '../errors.ts';
import { evolve } from '../state/evolve.ts';
import { initialWorkflowState, type WorkflowState } from '../state/workflow-state.ts';
import type { OutcomeEvent } from '../steps/step-context.ts';

/** One task's events as they were last read, and the state they fold to. */
export class TaskLog {
  readonly taskId: string;
  readonly #store: EventStore<Event, NewEvent>;
  readonly #process: string;
  readonly #events: Event[] = [];
  #state: WorkflowState = initialWorkflowState;

  constructor(
    taskId: string,
    options: { readonly store: EventStore<Event, NewEvent>; readonly process: string },
  ) {
    // As the store does it: an id is its NFC form.
    this.taskId = taskId.normalize('NFC');
    this.#store = options.store;
    this.#process = options.process;
  }

  /** In order of sequence. */
  get events(): readonly Event[] {
    return this.#events;
  }

  get state(): WorkflowState {
    return this.#state;
  }

  /** Reads and folds what has been stored since; answers the new events. */
  async refresh(): Promise<readonly Event[]> {
    const news = await this.#store.getEvents(this.taskId, {
      afterSequence: this.#events.at(-1)?.sequence ?? 0,
    });
    const last = this.#events.at(-1)?.sequence ?? 0;
    const unseen = news.filter((event) => event.sequence > last);
    for (const event of unseen) {
      this.#events.push(event);
      this.#state = evolve(this.#state, event);
    }
    return unseen;
  }

  /** The state with what has been stored since; the log itself stays where it is. */
  async peek(): Promise<WorkflowState> {
    const state = this.#state;
    const news = await this.#store.getEvents(this.taskId, {
      afterSequence: this.#events.at(-1)?.sequence ?? 0,
    });
    return news.reduce(evolve, state);
  }

  /**
   * Appends at the version that was folded last: all or none. Ids, causation and the code version are
   * filled in; each event is caused by the one before it, the first by `causationId`.
   *
   * @throws the store's VersionConflictError when something was appended meanwhile
   */
  async append(
    events: readonly OutcomeEvent[],
    options: { readonly causationId: string | null; readonly eventId: (index: number) => string },
  ): Promise<AppendResult<Event>> {
    const { task } = this.#state;
    const filled = events.map((event, index) => ({
      codeVersion: task.codeVersion,
      codeHash: task.codeHash,
      correlationId: this.taskId,
      ...event,
      eventId: options.eventId(index),
      causationId: index === 0 ? options.causationId : options.eventId(index - 1),
    }));
    const result = await this.#store.append(this.taskId, filled, {
      expectedVersion: task.version,
      process: this.#process,
    });
    await this.refresh();
    return result;
  }
}

/** What a failed append means. */
export type AppendFault = 'conflict' | 'stored-before' | 'unavailable' | 'fatal';

/** Sorts an append's error: fold again, drop the outcome, wait for the store, or stop. */
export function appendFault(error: unknown): AppendFault {
  switch (codeOf(error) ?? '') {
    case 'VERSION_CONFLICT':
      return 'conflict';
    case 'EVENT_ID_CONFLICT':
    case 'PARTIAL_DUPLICATE':
      return 'stored-before';
    case 'STORE_UNAVAILABLE':
    case 'QUEUE_FULL':
      return 'unavailable';
    default:
      return 'fatal';
  }
}
