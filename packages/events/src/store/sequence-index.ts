import type { AnyEvent } from '../event.ts';
import type { IndexQuery } from './event-log.ts';

/** Where events are, by id, task and type; in memory, for consecutive sequences. */
export interface SequenceIndex {
  add(event: AnyEvent): void;
  findEvent(eventId: string): number | undefined;
  findSequences(query: IndexQuery): number[];
  lastOfTask(taskId: string): number | undefined;
  readonly size: number;
  clear(): void;
}

export function createSequenceIndex(): SequenceIndex {
  const byId = new Map<string, number>();
  const lists = { task: new Map<string, number[]>(), type: new Map<string, number[]>() };

  return {
    add({ eventId, taskId, eventType, sequence }) {
      byId.set(eventId, sequence);
      push(lists.task, taskId, sequence);
      push(lists.type, eventType, sequence);
    },
    findEvent: (eventId) => byId.get(eventId),
    findSequences({ kind, key, after, until, direction, limit }) {
      const list = lists[kind].get(key) ?? [];
      const from = countUpTo(list, after);
      const to = countUpTo(list, until);
      if (direction === 'forward') return list.slice(from, Math.min(to, from + limit));
      return list.slice(Math.max(from, to - limit), Math.max(from, to)).reverse();
    },
    lastOfTask: (taskId) => lists.task.get(taskId)?.at(-1),
    get size() {
      return byId.size;
    },
    clear() {
      byId.clear();
      lists.task.clear();
      lists.type.clear();
    },
  };
}

function push(lists: Map<string, number[]>, key: string, sequence: number): void {
  const list = lists.get(key);
  if (list) list.push(sequence);
  else lists.set(key, [sequence]);
}

/** How many of the rising `list` are ≤ `bound`: a binary search. */
function countUpTo(list: readonly number[], bound: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? Number.POSITIVE_INFINITY) <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
