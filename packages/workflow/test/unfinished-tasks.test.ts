import { codingEvents, createMemoryEventStore, type Event } from '@org/events';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UnfinishedTasks } from '../src/tasks/unfinished-tasks.ts';
import { quickWorld } from './workflow/world.ts';

/** A log in which every third task has ended; all its events in order. */
async function someLog(tasks: number) {
  const store = createMemoryEventStore(codingEvents);
  const events: Event[] = [];
  for (let n = 0; n < tasks; n += 1) {
    const created = { eventType: 'TASK_CREATED', data: { prompt: 'x' } } as const;
    events.push(...(await store.append(`task-${n}`, created)).events);
    const ended = { eventType: 'TASK_FAILED', data: { reason: 'x', message: 'x' } } as const;
    if (n % 3 === 0) events.push(...(await store.append(`task-${n}`, ended)).events);
  }
  return { store, events };
}

it('events noted in any order give the list of the log, now and at the next start', async () => {
  const order = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(order, fc.nat(11), async (keys, writeAt) => {
      const { store, events } = await someLog(9);
      const empty = createMemoryEventStore(codingEvents);
      const live = await UnfinishedTasks.open(empty);
      // As if the checkpoint were read from an empty log: everything comes by being noted.
      const shuffled = events
        .map((event, index) => ({ event, key: keys[index] ?? 0 }))
        .toSorted((a, b) => a.key - b.key);
      for (const { event } of shuffled) live.note(event);
      const unfinished = [1, 2, 4, 5, 7, 8].map((n) => `task-${n}`);
      expect(live.taskIds().toSorted()).toEqual(unfinished);

      const written = await UnfinishedTasks.open(store);
      for (const { event } of shuffled.slice(0, writeAt)) written.note(event);
      await written.write();
      expect((await UnfinishedTasks.open(store)).taskIds().toSorted()).toEqual(unfinished);
      await store.close();
    }),
    { numRuns: 50 },
  );
});

it('tasks that end at once, some read slowly, are all taken off the list, and none is run again', async () => {
  const store = createMemoryEventStore(codingEvents);
  let reads = 0;
  await using w = await quickWorld({
    store: {
      ...store,
      async getEvents(...given) {
        reads += 1;
        const turns = (reads * 7) % 5;
        for (let turn = 0; turn < turns; turn += 1)
          await new Promise((resolve) => setImmediate(resolve));
        return store.getEvents(...given);
      },
    },
  });
  const started = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      w.workflow.start({ prompt: 'Write a sum function', taskId: `task-${n}` }),
    ),
  );
  for (const { taskId } of started) await w.until(taskId, 'DEAD_CODE_ANALYSIS');
  await w.workflow.onIdle();
  await w.workflow.close();
  expect((await w.restart()).resume()).toEqual([]);
});

it('a long log is read once: the next start begins behind it, even if nothing has happened meanwhile', async () => {
  const { store } = await someLog(30);
  let reads = 0;
  const counting = {
    ...store,
    async *read(...given: Parameters<typeof store.read>) {
      for await (const event of store.read(...given)) {
        reads += 1;
        yield event;
      }
    },
  };
  const first = await UnfinishedTasks.open(counting);
  expect(reads).toBe(40);
  await first.write();
  const again = await UnfinishedTasks.open(counting);
  expect([reads, again.taskIds()]).toEqual([40, first.taskIds()]);
  await store.close();
});
