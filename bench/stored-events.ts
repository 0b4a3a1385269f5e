import { randomUUID } from 'node:crypto';
import { defineEvents, type NewEventOf } from '@org/events';
import { type LevelEventStore, openLevelEventStore } from '@org/events/level';
import { z } from 'zod';

/** Payloads are written as they are: these benchmarks are about reading. */
export const catalog = defineEvents({
  PLANNED: z.any(),
  GENERATED: z.any(),
  TESTED: z.any(),
  FAILED: z.any(),
  CORRECTED: z.any(),
  CALLED: z.any(),
});
export type StoredEvent = NewEventOf<typeof catalog>;

export const tasks = 1_000;

/** The n-th event (from 0): 6 types, 18 shapes of payload, 1 to 4 processes in the clocks. About 330 bytes. */
export function storedEvent(n: number): StoredEvent & { readonly taskId: string } {
  const eventType =
    (['PLANNED', 'GENERATED', 'TESTED', 'FAILED', 'CORRECTED', 'CALLED'] as const)[n % 6] ??
    'PLANNED';
  const version = Math.floor(n / tasks) + 1;
  return {
    taskId: `task-${(n * 617) % tasks}`,
    eventType,
    timestamp: new Date(1_790_000_000_000 + n * 37).toISOString(),
    codeVersion: version >> 3,
    vectorClock: clock(n % 4, version),
    causationId: n % 5 === 0 ? null : randomUUID(),
    correlationId: n % 3 === 0 ? null : `conversation-${n % 100}`,
    data: payload(n, n % 18),
  };
}

function clock(kind: number, version: number): Record<string, number> {
  const all = { main: version, worker: version >> 1, planner: 3, api: version >> 2 };
  return Object.fromEntries(Object.entries(all).slice(0, kind + 1));
}

function payload(n: number, shape: number): Record<string, unknown> {
  const file = `src/module-${n % 50}.ts`;
  const base = { file, passed: n % 20, ok: n % 2 === 0 };
  switch (shape % 6) {
    case 0:
      return { ...base, message: 'expected 1 to equal 2', [`detail${shape}`]: n };
    case 1:
      return { ...base, lines: [n, n + 1, n + 2], hash: 'abcdef0123456789' };
    case 2:
      return { file, [`model${shape}`]: { name: 'qwen3:8b', tokens: n % 4_000, temperature: 0.2 } };
    case 3:
      return {
        file,
        failures: [
          { name: `test ${n % 9}`, at: n % 300 },
          { name: 'other', at: 1 },
        ],
        [`k${shape}`]: null,
      };
    case 4:
      return { [`s${shape}`]: 'text of some length for the payload', n, half: n / 2 };
    default:
      return { ...base, tags: ['a', 'b'], [`nested${shape}`]: { deep: { er: n } } };
  }
}

/** The task of the n-th event where each task comes in one burst, beside nine others, as tasks really do. */
export function burstyTask(n: number, perTask: number): string {
  return `task-${Math.floor(n / (perTask * 10)) * 10 + (n % 10)}`;
}

/** Opens a store and brings it to `events` events. @param taskOf the task of the n-th; by default all are interleaved */
export async function openFilled(
  path: string,
  events: number,
  taskOf: (n: number) => string = (n) => storedEvent(n).taskId,
): Promise<LevelEventStore<typeof catalog>> {
  const store = await openLevelEventStore({ path, catalog });
  const page = 1_000;
  for (let from = (await store.head()).sequence; from < events; from += page) {
    const groups = Array.from({ length: Math.min(page, events - from) }, (_, i) => {
      const { taskId: _spread, ...event } = storedEvent(from + i);
      return { taskId: taskOf(from + i), events: [event] };
    });
    await store.appendMany(groups);
  }
  return store;
}
