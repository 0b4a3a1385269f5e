import type { Event, EventStore, NewEvent } from '@org/events';
import type { TaskSummary } from '../wire/index.ts';
import { listName, pageName, readStoredList, readStoredPage } from './stored-pages.ts';

/** A task in the list; `summary` is of its event `summarySequence`, or older than its newest one. */
export interface TaskEntry {
  readonly taskId: string;
  readonly createdSequence: number;
  /** The task's newest sequence seen. */
  sequence: number;
  summarySequence: number;
  summary: TaskSummary | null;
}

/**
 * All tasks in the order of their creation, in pages that are kept in the store.
 *
 * 1. In memory are the newest page, those used last, and those that have changed since they were stored:
 *    neither a start nor the memory grows with the number of tasks.
 * 2. Pages are stored before the list of pages. After a crash in between they are ahead of it, and what is
 *    noted again finds itself noted.
 * 3. A page, or the list, that cannot be read or is damaged is made anew from the log and replaced.
 * 4. Whoever lists gets what is known, also where nothing can be stored.
 * 5. A change of a task whose page is elsewhere is kept until that page is there, for the next `save` at last.
 */
export interface TaskPages {
  /** Tasks known. */
  readonly size: number;
  /** Reads the list of pages, and the newest page; gives the sequence up to which they are noted. */
  restore(): Promise<number>;
  note(event: Event): void;
  /**
   * Stores what has changed; nothing as long as that is less than what was stored and could not be read.
   *
   * @param sequence up to which events have been noted
   */
  save(sequence: number): Promise<void>;
  /** Newest first. @param bound only those that were created before this sequence */
  newest(bound?: number): AsyncIterable<TaskEntry>;
  /** Gives an entry the summary of its task. */
  summarise(entry: TaskEntry, summary: TaskSummary, sequence: number): void;
}

interface Page {
  readonly number: number;
  readonly entries: TaskEntry[];
  changed: boolean;
  /** The sequence of its checkpoint, which never goes back; null: not known yet. */
  storedSequence: number | null;
}

export function createTaskPages(
  store: EventStore<Event, NewEvent>,
  { perPage = 512, keptPages = 8 }: { readonly perPage?: number; readonly keptPages?: number } = {},
): TaskPages {
  /** The sequence at which the first task of each page was created, and how many there are. */
  const list: { first: number; count: number }[] = [];
  /** Those in memory, the one unused for longest first. */
  const pages = new Map<number, Page>();
  const loading = new Map<number, Promise<Page>>();
  /** The entries of the pages in memory. */
  const places = new Map<string, { readonly page: Page; readonly entry: TaskEntry }>();
  let noted = 0;
  /** The sequence of the stored list, which never goes back, even where it could not be read. */
  let listStored = 0;
  /** Newest sequences of tasks whose page is not in memory. */
  const elsewhere = new Map<string, number>();

  function keep(page: Page): Page {
    pages.delete(page.number);
    pages.set(page.number, page);
    for (const unused of pages.values()) {
      if (pages.size <= keptPages) break;
      if (unused.changed || unused.number === list.length - 1) continue;
      pages.delete(unused.number);
      for (const { taskId } of unused.entries) places.delete(taskId);
    }
    return page;
  }

  function load(number: number): Promise<Page> {
    const known = pages.get(number);
    if (known !== undefined) return Promise.resolve(keep(known));
    const pending = loading.get(number) ?? readPage(number).finally(() => loading.delete(number));
    loading.set(number, pending);
    return pending;
  }

  async function readPage(number: number): Promise<Page> {
    const { state, sequence } = await readStoredPage(store, number);
    const entries = state?.entries ?? (await fromLog(number));
    const page: Page = {
      number,
      entries,
      changed: state === undefined,
      storedSequence: sequence,
    };
    for (const entry of entries) {
      places.set(entry.taskId, { page, entry });
      see(page, entry, elsewhere.get(entry.taskId) ?? 0);
      elsewhere.delete(entry.taskId);
    }
    const place = list[number];
    if (place !== undefined) place.count = entries.length;
    return keep(page);
  }

  /** The tasks of a page that cannot be read. */
  async function fromLog(number: number): Promise<TaskEntry[]> {
    const entries: TaskEntry[] = [];
    const next = list[number + 1]?.first;
    const range = {
      afterSequence: (list[number]?.first ?? 1) - 1,
      ...(next !== undefined && { until: next - 1 }),
    };
    for await (const { taskId, version, sequence } of store.read(range)) {
      if (version !== 1 || entries.length === (next === undefined ? perPage : Infinity)) continue;
      const head = await store.taskHead(taskId);
      entries.push({
        taskId,
        createdSequence: sequence,
        sequence: head?.sequence ?? sequence,
        summarySequence: 0,
        summary: null,
      });
    }
    return entries;
  }

  function see(page: Page, entry: TaskEntry, sequence: number): void {
    if (sequence <= entry.sequence) return;
    entry.sequence = sequence;
    page.changed = true;
  }

  function add({ taskId, sequence }: Event): void {
    let page = pages.get(list.length - 1);
    if (page === undefined || page.entries.length >= perPage) {
      list.push({ first: sequence, count: 0 });
      page = { number: list.length - 1, entries: [], changed: true, storedSequence: null };
      keep(page);
    }
    const entry = {
      taskId,
      createdSequence: sequence,
      sequence,
      summarySequence: 0,
      summary: null,
    };
    page.entries.push(entry);
    page.changed = true;
    places.set(taskId, { page, entry });
    const place = list[page.number];
    if (place !== undefined) place.count = page.entries.length;
  }

  /** The page that holds a task created at this sequence; the first one where it is before all. */
  function pageAt(sequence: number): number {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((list[middle]?.first ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  async function bringTogether(): Promise<void> {
    for (const taskId of [...elsewhere.keys()])
      for await (const first of store.read({ taskId, limit: 1 }))
        await load(pageAt(first.sequence));
  }

  async function write(page: Page, sequence: number): Promise<void> {
    page.storedSequence ??= (await readStoredPage(store, page.number)).sequence;
    const at = Math.max(sequence, page.storedSequence);
    page.changed = false;
    try {
      const state = { entries: page.entries };
      await store.writeCheckpoint({ name: pageName(page.number), sequence: at, state });
      page.storedSequence = at;
    } catch (error) {
      page.changed = true;
      throw error;
    }
  }

  return {
    get size() {
      return list.reduce((sum, { count }) => sum + count, 0);
    },
    async restore() {
      const { state, sequence } = await readStoredList(store);
      listStored = sequence;
      if (state === undefined) return 0;
      list.push(...state.pages);
      if (list.length > 0) await load(list.length - 1);
      noted = sequence;
      return noted;
    },
    note(event) {
      noted = event.sequence;
      const known = places.get(event.taskId);
      if (known !== undefined) see(known.page, known.entry, event.sequence);
      else if (event.version === 1) add(event);
      else elsewhere.set(event.taskId, event.sequence);
    },
    async save(sequence) {
      if (sequence < listStored) return;
      await bringTogether();
      for (const page of [...pages.values()]) if (page.changed) await write(page, sequence);
      await store.writeCheckpoint({ name: listName, sequence, state: { pages: list } });
      listStored = sequence;
    },
    async *newest(bound = Number.POSITIVE_INFINITY) {
      let refused = false;
      for (let number = pageAt(bound); number >= 0 && list.length > 0; number -= 1) {
        const page = await load(number);
        for (const entry of page.entries.toReversed())
          if (entry.createdSequence < bound) yield entry;
        // So that looking through all pages leaves none of them in memory for the summaries it was given.
        // Where the store refuses it, the page stays: the next `save` tries again, and tells.
        if (page.changed && number < list.length - 1 && !refused)
          await write(page, noted).catch(() => {
            refused = true;
          });
      }
    },
    summarise(entry, summary, sequence) {
      entry.summary = summary;
      entry.summarySequence = sequence;
      const page = places.get(entry.taskId)?.page;
      if (page !== undefined) page.changed = true;
    },
  };
}
