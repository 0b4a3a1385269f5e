/** What the store alone takes: the same events as `POST /tasks` appends, as many at once, no HTTP. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codingEvents } from '@org/events';
import { openLevelEventStore } from '@org/events/level';

export interface StoreAlone extends AsyncDisposable {
  /** Appends so many tasks, `atOnce` in flight; gives appends per second and CPU µs per append. */
  measure(count: number, atOnce: number): Promise<{ perSecond: number; cpu: number }>;
}

export async function openStoreAlone(): Promise<StoreAlone> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-http-store-'));
  const store = await openLevelEventStore({ path: join(folder, 'store'), catalog: codingEvents });
  return {
    async measure(count, atOnce) {
      let begun = 0;
      const appendSome = async () => {
        while (begun < count) {
          begun += 1;
          const prompt = `Write a validator for e-mail addresses and phone numbers, number ${begun}, with tests for every rule`;
          await store.append(`task-${randomUUID()}`, {
            eventType: 'TASK_CREATED',
            data: { prompt, answers: ['JavaScript', 'no dependencies'], priority: 'HIGH' },
          });
        }
      };
      const before = process.cpuUsage();
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: atOnce }, appendSome));
      const seconds = (performance.now() - startedAt) / 1_000;
      const { user, system } = process.cpuUsage(before);
      return { perSecond: count / seconds, cpu: (user + system) / count };
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
