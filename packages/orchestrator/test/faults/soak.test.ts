import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { TaskOrchestrator } from '../../src/index.ts';

/** A seeded generator (mulberry32), so that a failure can be seen again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

setFlagsFromString('--expose-gc');
// The flag is what makes it a function; without it this test has nothing to say.
const collectGarbage = runInNewContext('gc') as () => void;

it('stays flat over 400 000 tasks of every kind on the real clock', async () => {
  const random = seeded(20_261_123);
  const orchestrator = new TaskOrchestrator({
    maxConcurrent: 8,
    maxQueueSize: 200,
    abandonAfterMs: 20,
    keyLimit: 2,
    rememberFinished: 500,
    maxDeadLetters: 50,
    random,
  });
  const { signal } = new AbortController();
  let ids = 0;
  const work = async (context: { readonly signal: AbortSignal }): Promise<number> => {
    const kind = random();
    if (kind < 0.05) throw new Error('fails');
    if (kind < 0.06) {
      await new Promise<void>((_resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason));
      });
    }
    return kind;
  };
  const round = async (tasks: number): Promise<number> => {
    for (let number = 0; number < tasks; number += 1) {
      ids += 1;
      const handle = orchestrator.submit({
        ...(random() < 0.5 ? { id: `${ids}` } : {}),
        // Every other key is used once and never again.
        ...(random() < 0.3 ? { key: random() < 0.5 ? `${ids}` : `${ids % 20}` } : {}),
        ...(random() < 0.1 && ids > 1 ? { dependsOn: [`${ids - 1}`], queueTimeoutMs: 50 } : {}),
        ...(random() < 0.3 ? { signal } : {}),
        ...(random() < 0.1 ? { retry: { attempts: 3, delayMs: 1 } } : {}),
        priority: Math.floor(random() * 101),
        preemptible: random() < 0.3,
        timeoutMs: 5,
        run: work,
      });
      if (random() < 0.05) handle.cancel();
      else if (random() < 0.5) await handle.accepted.catch(() => {});
    }
    await orchestrator.onIdle();
    collectGarbage();
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };

  await round(100_000);
  const before = await round(100_000);
  const after = await round(200_000);

  const { submitted, completed, failed, timedOut, cancelled, ...gauges } = orchestrator.stats();
  expect(submitted).toBe(400_000);
  expect(completed + failed + timedOut + cancelled).toBe(submitted);
  expect(gauges).toMatchObject({ queued: 0, running: 0, waiting: 0, blocked: 0, retrying: 0 });
  for (const total of [completed, failed, timedOut, cancelled]) expect(total).toBeGreaterThan(500);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(after - before).toBeLessThan(4 * 2 ** 20);
});
