import type { Event, EventStore } from '@org/events';
import { loadCodeParser } from '../../graph/code/code-parser.ts';
import type { NetworkedCache } from '../../graph/networked-cache.ts';
import { EventSourcedCache } from '../../rebuild/event-sourced-cache.ts';

/** Where what was folded is kept. */
export interface FoldedStore {
  readonly sequence: number;
  load(scope: string): Promise<NetworkedCache>;
  saveAll(
    caches: readonly { readonly scope: string; readonly cache: NetworkedCache }[],
    options: { readonly sequence: number; readonly since: number },
  ): Promise<void>;
  clear(): Promise<void>;
}

/** Events that are folded before they are stored. */
const perSave = 512;
/** Tasks whose graphs stay in memory. */
const keptTasks = 32;

/** After these a task's memory is worth finding: it is stored at once. */
const worthStoring: ReadonlySet<string> = new Set([
  'MODULE_COMPLETE',
  'TASK_COMPLETE',
  'TASK_FAILED',
  'TASK_CANCELLED',
]);

/**
 * Folds the log, from where the store left off, task by task, and stores what came of it with its sequence.
 * Ends when it has caught up, or goes on until the signal, if `stay`. An interrupted run goes on from the
 * last stored sequence; a log shorter than that is another log: all is folded anew, as it is when what was
 * stored turned out to be damaged and was put aside meanwhile.
 */
export async function followLog(
  target: FoldedStore,
  log: Pick<EventStore<Event>, 'subscribe' | 'head'>,
  options: { readonly stay: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  if ((await log.head()).sequence < target.sequence) await target.clear();
  while ((await follow(target, log, options)) === 'put-aside');
}

async function follow(
  target: FoldedStore,
  log: Pick<EventStore<Event>, 'subscribe'>,
  options: Parameters<typeof followLog>[2],
): Promise<'ended' | 'put-aside'> {
  const source = new EventSourcedCache();
  const caches = new Map<string, NetworkedCache>();
  let since = target.sequence;
  let waiting: Event[] = [];

  const messages = log.subscribe({
    after: since,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  let live = false;
  for await (const message of messages) {
    if (message.kind === 'caught-up') {
      live = true;
      if (!(await store())) return 'put-aside';
      if (!options.stay) return 'ended';
      continue;
    }
    waiting.push(message.event);
    if (waiting.length >= perSave || (live && worthStoring.has(message.event.eventType)))
      if (!(await store())) return 'put-aside';
  }
  return (await store()) ? 'ended' : 'put-aside';

  /** False: what was stored before is no longer there, so nothing of this is either. */
  async function store(): Promise<boolean> {
    const last = waiting.at(-1);
    if (last === undefined) return true;
    await loadCodeParser();
    const byTask = new Map<string, Event[]>();
    for (const event of waiting) {
      const events = byTask.get(event.taskId);
      if (events === undefined) byTask.set(event.taskId, [event]);
      else events.push(event);
    }
    waiting = [];
    const changed = [];
    for (const [scope, events] of byTask) {
      const cache = caches.get(scope) ?? (await target.load(scope));
      caches.delete(scope);
      caches.set(scope, cache);
      changed.push({ scope, cache: source.apply(cache, events) });
    }
    await target.saveAll(changed, { sequence: last.sequence, since });
    if (target.sequence !== last.sequence) return false;
    since = last.sequence;
    for (const scope of caches.keys()) {
      if (caches.size <= keptTasks) break;
      caches.delete(scope);
    }
    return true;
  }
}
