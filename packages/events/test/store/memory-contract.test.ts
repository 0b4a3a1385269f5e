import { createMemoryEventStore } from '@org/events';
import { eventStoreContract } from '@org/events/testing';
import { describe, it } from 'vitest';

describe('the event store in memory', () => {
  const cases = eventStoreContract(
    async ({ catalog, ...options }) => {
      const store = createMemoryEventStore(catalog, options);
      return { store, dispose: () => store.close() };
    },
    { durable: false },
  );
  for (const { name, run } of cases) it(name, run);
});
