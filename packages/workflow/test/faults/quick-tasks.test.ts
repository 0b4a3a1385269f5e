import { expect, it } from 'vitest';
import { quickWorld } from '../workflow/world.ts';

it('1 000 tasks, 20 at once: each ends once, and nothing of them stays but the log', async () => {
  const appended = { count: 0 };
  await using w = await quickWorld({
    options: {
      hooks: {
        onAppended: (events) => {
          appended.count += events.length;
        },
      },
    },
  });
  // With the log, in memory here, a task holds about so much; runners, signals and hooks must not add to it.
  const heaps: number[] = [];
  for (let round = 0; round < 50; round += 1) {
    const started = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        w.workflow.start({ prompt: 'Write a sum function', taskId: `task-${round}-${n}` }),
      ),
    );
    for (const { taskId } of started) await w.until(taskId, 'DEAD_CODE_ANALYSIS');
    await w.workflow.onIdle();
    expect(w.workflow.figures()).toEqual({
      unfinished: 0,
      waitingForPlace: 0,
      limit: 100,
      waitingForModel: 0,
      waitingForStore: 0,
    });
    heaps.push(process.memoryUsage().heapUsed);
  }
  const { sequence } = await w.store.head();
  expect(appended.count).toBe(sequence);
  const ended = w.store.read({ eventTypes: ['TASK_COMPLETE'] });
  let completed = 0;
  for await (const _ of ended) completed += 1;
  expect(completed).toBe(1_000);
  await w.workflow.close();
  expect((await w.restart()).resume()).toEqual([]);
  console.log(`1 000 tasks, ${sequence} events, heap ${heaps.at(-1)} bytes`);
}, 180_000);
