import { defineEvents } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { z } from 'zod';
import type { Appender, BenchEvent } from './appender.ts';

const catalog = defineEvents({
  TEST_FAILED: z.object({
    file: z.string(),
    passed: z.number(),
    message: z.string(),
    hash: z.string(),
  }),
});

const newEvent = ({ eventType, codeVersion, data }: BenchEvent) => ({
  eventType,
  codeVersion,
  data,
});

export async function openOurs(path: string): Promise<Appender> {
  const store = await openLevelEventStore({ path, catalog });
  return {
    append: async (event) => {
      await store.append(event.taskId, newEvent(event));
    },
    appendAll: async (events) => {
      await store.append('batch', events.map(newEvent));
    },
    count: async () => (await store.head()).sequence,
    close: () => store.close(),
  };
}
