import { codingEvents, createMemoryEventStore } from '@org/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTaskPages, type TaskPages } from '../src/reads/task-pages.ts';
import { damageCheckpoint } from './support/damage-checkpoint.ts';
import { levelStore, type Store } from './support/running-api.ts';
import { created, started } from './support/task-events.ts';

const openStore = () => createMemoryEventStore(codingEvents);
const few = { perPage: 3, keptPages: 1 };

/** Pages of a store, all of whose events are noted. */
async function open(store: Store, options: Parameters<typeof createTaskPages>[1] = few) {
  const pages = createTaskPages(store, options);
  const afterSequence = await pages.restore();
  for await (const event of store.read({ afterSequence })) pages.note(event);
  return pages;
}

async function listed(pages: TaskPages, bound?: number) {
  const entries: { readonly taskId: string; readonly sequence: number }[] = [];
  for await (const { taskId, sequence } of pages.newest(bound)) entries.push({ taskId, sequence });
  return entries;
}

/** The store, refusing to store the list of pages, as a process does that is killed before. */
function killedBeforeTheList(store: Store): Store {
  return {
    ...store,
    writeCheckpoint: (checkpoint) =>
      checkpoint.name === 'api.task-index'
        ? Promise.reject(new Error('killed'))
        : store.writeCheckpoint(checkpoint),
  };
}

describe('the pages of the task index', () => {
  it('are restored by reading the list and the newest page, however many there are', async () => {
    for (const tasks of [4, 200]) {
      const store = openStore();
      for (let n = 0; n < tasks; n += 1) await store.append(`t${n}`, [created(), started]);
      const first = await open(store);
      await first.save((await store.head()).sequence);
      const read: string[] = [];
      const again = await open({
        ...store,
        readCheckpoint: (name) => {
          read.push(name);
          return store.readCheckpoint(name);
        },
      });
      expect(read).toEqual(['api.task-index', expect.stringContaining('api.task-index.page-')]);
      expect(again.size).toBe(tasks);
    }
  });

  it('list all tasks with their newest sequences after any changes, saves, kills and restarts', async () => {
    const action = fc.oneof(
      { weight: 5, arbitrary: fc.constant('create' as const) },
      { weight: 3, arbitrary: fc.nat({ max: 20 }) },
      { weight: 3, arbitrary: fc.constantFrom('save', 'save, killed', 'killed', 'list') },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 40 }), async (actions) => {
        const store = openStore();
        const tasks: { readonly taskId: string; sequence: number }[] = [];
        let pages = await open(store);
        for (const next of actions) {
          if (next === 'create' || typeof next === 'number') {
            const changed = typeof next === 'number' ? tasks[next % tasks.length] : undefined;
            const taskId = changed?.taskId ?? `t${tasks.length}`;
            const { events } = await store.append(taskId, changed ? started : created());
            for (const event of events) pages.note(event);
            const [{ sequence } = { sequence: 0 }] = events;
            if (changed) changed.sequence = sequence;
            else tasks.push({ taskId, sequence });
          } else if (next === 'save') await pages.save((await store.head()).sequence);
          else if (next === 'list') await listed(pages);
          else if (next === 'killed') pages = await open(store);
          else {
            const dying = await open(killedBeforeTheList(store));
            await dying.save((await store.head()).sequence).catch(() => {});
            pages = await open(store);
          }
        }
        expect(await listed(pages)).toEqual(tasks.toReversed());
        expect(pages.size).toBe(tasks.length);
      }),
      { numRuns: 200 },
    );
  });

  it('begin below a bound, in the middle of a page or between two', async () => {
    const store = openStore();
    for (let n = 0; n < 8; n += 1) await store.append(`t${n}`, created());
    const pages = await open(store);
    for (let bound = 1; bound <= 9; bound += 1) {
      const below = await listed(pages, bound);
      expect(below.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: bound - 1 }, (_, n) => bound - 1 - n),
      );
    }
  });

  it('keep the summaries they were given, also of tasks long gone from memory', async () => {
    const store = openStore();
    for (let n = 0; n < 9; n += 1) await store.append(`t${n}`, created());
    const pages = await open(store);
    const summary = { ...emptySummary };
    for await (const entry of pages.newest())
      pages.summarise(entry, { ...summary, taskId: entry.taskId }, entry.sequence);
    await pages.save(9);
    for await (const entry of (await open(store)).newest())
      expect(entry.summary?.taskId).toBe(entry.taskId);
  });

  it('are made anew from the log where one of them cannot be read', async () => {
    const store = openStore();
    for (let n = 0; n < 8; n += 1) await store.append(`t${n}`, created());
    const pages = await open(store);
    const whole = await listed(pages);
    await pages.save(8);
    for (const number of [0, 2])
      await store.writeCheckpoint({
        name: `api.task-index.page-${number}`,
        sequence: 8,
        state: 'rubbish',
      });
    expect(await listed(await open(store))).toEqual(whole);
  });

  it.each([
    { what: 'the list', name: 'api.task-index' },
    { what: 'the first page', name: 'api.task-index.page-0' },
    { what: 'the newest page', name: 'api.task-index.page-2' },
  ])(
    'are stored anew where the checkpoint of $what is damaged, by a listing or a save',
    async ({ name }) => {
      for (const by of ['listing', 'save']) {
        await using folder = await levelStore();
        const first = await folder.open();
        for (let n = 0; n < 8; n += 1) await first.append(`t${n}`, created());
        await (await open(first)).save(8);
        await first.close();
        await damageCheckpoint(folder.path, name);

        const store = await folder.open();
        await expect(store.readCheckpoint(name)).rejects.toMatchObject({ code: 'INTEGRITY' });
        await store.append('t0', started);
        const pages = await open(store);
        const all = ['t7', 't6', 't5', 't4', 't3', 't2', 't1', 't0'];
        if (by === 'listing')
          expect((await listed(pages)).map(({ taskId }) => taskId)).toEqual(all);
        await pages.save(9);
        expect(await store.readCheckpoint(name)).toMatchObject({ sequence: 9 });
        expect((await listed(await open(store))).map(({ taskId }) => taskId)).toEqual(all);
      }
    },
  );

  it('replace a damaged page that the list did not know yet', async () => {
    await using folder = await levelStore();
    const first = await folder.open();
    for (let n = 0; n < 4; n += 1) await first.append(`t${n}`, created());
    await (await open(killedBeforeTheList(first))).save(4).catch(() => {});
    await first.close();
    await damageCheckpoint(folder.path, 'api.task-index.page-1');
    const store = await folder.open();
    await (await open(store)).save(4);
    expect(await listed(await open(store))).toHaveLength(4);
  });

  it('are not made anew where the store only cannot be read now', async () => {
    const store = openStore();
    for (let n = 0; n < 8; n += 1) await store.append(`t${n}`, created());
    await (await open(store)).save(8);
    for (const refused of ['api.task-index', 'api.task-index.page-2', 'api.task-index.page-0']) {
      const refusing: Store = {
        ...store,
        readCheckpoint: (name) =>
          name === refused ? Promise.reject(new Error('unavailable')) : store.readCheckpoint(name),
      };
      await expect(open(refusing).then((pages) => listed(pages))).rejects.toThrow('unavailable');
    }
  });
});

const emptySummary = {
  status: 'created',
  version: 1,
  codeVersion: 0,
  prompt: 'Write a validator',
  priority: null,
  error: null,
  createdAt: null,
  startedAt: null,
  endedAt: null,
} as const;
