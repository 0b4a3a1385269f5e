import { type Event, StateProjection, type TaskState } from '@org/events';
import type { TokenCounter } from '@org/models';
import type { TaskView } from '../builder/pieces/task-view.ts';
import { NetworkedCache } from '../graph/networked-cache.ts';
import { EventSourcedCache } from '../rebuild/event-sourced-cache.ts';
import { withDefaults } from '../rebuild/fold/payload-defaults.ts';
import { eventJson } from '../summary/event-json.ts';

interface LiveTask {
  readonly graph: NetworkedCache;
  events: readonly Event[];
  state: TaskState;
  /** Tokens of the events as JSON, by counter: how many events are counted, and their sum. */
  readonly logTokens: WeakMap<TokenCounter, { events: number; tokens: number }>;
}

const folding = new EventSourcedCache();

/** Keeps the tasks at hand folded, so that a next context only folds what is new. All of it is derived. */
export class LiveTasks {
  readonly #tasks = new Map<string, LiveTask>();
  readonly #limit: number;

  /** @param limit Tasks kept; beyond it the least recently used leaves. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The task as these events tell it. Valid until the next view of the same task: they share the graph. */
  view(taskId: string, given: readonly Event[]): TaskView {
    const events = inSequence(given.filter((event) => event.taskId === taskId));
    const known = this.#tasks.get(taskId);
    const task = known !== undefined && continues(known.events, events) ? known : newTask();
    const fresh = events.slice(task.events.length);
    if (fresh.length > 0) {
      const readable = fresh.map((event) => evolveTask(task, event));
      folding.apply(task.graph, readable);
      task.events = [...task.events, ...readable];
    }
    this.#remember(taskId, task);
    return { taskId, events: task.events, state: task.state, graph: task.graph };
  }

  /** Tokens of the task's whole log as JSON. */
  logTokens({ taskId, events }: TaskView, counter: TokenCounter): number {
    const sums = this.#tasks.get(taskId)?.logTokens;
    const known = sums?.get(counter);
    const done =
      known !== undefined && known.events <= events.length ? known : { events: 0, tokens: 0 };
    const tokens = events
      .slice(done.events)
      .reduce((sum, event) => sum + counter.count(eventJson(event)), done.tokens);
    sums?.set(counter, { events: events.length, tokens });
    return tokens;
  }

  #remember(taskId: string, task: LiveTask): void {
    this.#tasks.delete(taskId);
    this.#tasks.set(taskId, task);
    const oldest = this.#tasks.size > this.#limit ? this.#tasks.keys().next().value : undefined;
    if (oldest !== undefined) this.#tasks.delete(oldest);
  }
}

/** A view of a task that nothing else shares. */
export function taskView(taskId: string, events: readonly Event[]): TaskView {
  return new LiveTasks(1).view(taskId, events);
}

/** Folds one event into the state, and gives it in a shape that can be read: what was malformed is left empty. */
function evolveTask(task: LiveTask, event: Event): Event {
  const before = task.state;
  task.state = StateProjection.evolve(before, event);
  const { anomalyCount, anomalies } = task.state;
  const found = anomalyCount > before.anomalyCount;
  // Only so many anomalies are kept; what is not among them any more is taken for malformed.
  const kept = anomalies.length > before.anomalies.length;
  const malformed = found && (!kept || anomalies.at(-1)?.kind === 'invalid-payload');
  return withDefaults(malformed ? ({ ...event, data: {} } as unknown as Event) : event);
}

function newTask(): LiveTask {
  return {
    graph: new NetworkedCache(),
    events: [],
    state: StateProjection.initialState,
    logTokens: new WeakMap(),
  };
}

/** In order, each sequence once; what is not appended yet is not part of the log. */
function inSequence(events: readonly Event[]): readonly Event[] {
  const sorted = events
    .filter(({ sequence }) => sequence > 0)
    .sort((a, b) => a.sequence - b.sequence);
  return sorted.filter((event, index) => event.sequence !== sorted[index - 1]?.sequence);
}

/** Whether a log begins with what was folded before. */
function continues(before: readonly Event[], now: readonly Event[]): boolean {
  const last = before.length - 1;
  return before.length <= now.length && before[last]?.eventId === now[last]?.eventId;
}
