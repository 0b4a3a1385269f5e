import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLevelEventStore } from '@org/events/level';
import { eventStoreContract } from '@org/events/testing';
import { describe, it } from 'vitest';

describe('the event store on LevelDB', () => {
  const cases = eventStoreContract(
    async (options) => {
      const path = await mkdtemp(join(tmpdir(), 'org-events-'));
      const open = () => openLevelEventStore({ path, ...options });
      let store = await open();
      return {
        store,
        reopen: async () => {
          store = await open();
          return store;
        },
        dispose: async () => {
          await store.close();
          await rm(path, { recursive: true, force: true });
        },
      };
    },
    { durable: true },
  );
  for (const { name, run } of cases) it(name, run);
});
