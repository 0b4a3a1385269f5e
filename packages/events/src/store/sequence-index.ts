import type { AnyEvent } from '../event.ts';
import type { IndexQuery } from './event-log.ts';

/** Where events are, by id, task and type; in memory, for consecutive sequences. */
export interface SequenceIndex {
  /** Only notes the event: the index is made of what was noted when something is looked up. */
  add(event: AnyEvent): void;
  findEvent(eventId: string): number | undefined;
  findSequences(query: IndexQuery): number[];
  lastOfTask(taskId: string): number | undefined;
  readonly size: number;
}

/** @param first sequence of the first event that will be added */
export function createSequenceIndex(first = 1): SequenceIndex {
  const eventIds: string[] = [];
  const keys = { task: [] as string[], type: [] as string[] };
  const byId = new Map<string, number>();
  const lists = { task: new Map<string, number[]>(), type: new Map<string, number[]>() };
  let listed = 0;

  function ids(): ReadonlyMap<string, number> {
    for (let i = byId.size; i < eventIds.length; i++) byId.set(eventIds[i] ?? '', first + i);
    return byId;
  }

  function listOf(kind: 'task' | 'type', key: string): readonly number[] {
    for (; listed < eventIds.length; listed++) {
      push(lists.task, keys.task[listed] ?? '', first + listed);
      push(lists.type, keys.type[listed] ?? '', first + listed);
    }
    return lists[kind].get(key) ?? [];
  }

  return {
    add({ eventId, taskId, eventType }) {
      eventIds.push(eventId);
      keys.task.push(taskId);
      keys.type.push(eventType);
    },
    findEvent: (eventId) => ids().get(eventId),
    findSequences({ kind, key, after, until, direction, limit }) {
      const list = listOf(kind, key);
      const from = countUpTo(list, after);
      const to = countUpTo(list, until);
      if (direction === 'forward') return list.slice(from, Math.min(to, from + limit));
      return list.slice(Math.max(from, to - limit), Math.max(from, to)).reverse();
    },
    lastOfTask: (taskId) => listOf('task', taskId).at(-1),
    get size() {
      return eventIds.length;
    },
  };
}

function push(lists: Map<string, number[]>, key: string, sequence: number): void {
  const list = lists.get(key);
  if (list) list.push(sequence);
  else lists.set(key, [sequence]);
}

/** How many of the rising `list` are ≤ `bound`: a binary search. */
export function countUpTo(list: readonly number[], bound: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? Number.POSITIVE_INFINITY) <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
