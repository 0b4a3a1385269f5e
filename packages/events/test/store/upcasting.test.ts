import { createMemoryEventStore, defineEvents } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { collect } from '../../src/testing/collect.ts';
import { temporaryFolder } from '../level/temporary-folder.ts';

const first = defineEvents({ RENAMED: z.object({ name: z.string() }) });
const second = defineEvents({
  RENAMED: {
    data: z.object({ first: z.string(), last: z.string() }),
    schemaVersion: 2,
    upcast: {
      1: ({ name }: { readonly name: string }) => {
        const [first = '', last = ''] = name.split(' ');
        return { first, last };
      },
    },
  },
});

it('events of an older schema are read as of the newest, on every way to read them', async () => {
  const path = await temporaryFolder();
  {
    await using store = await openLevelEventStore({ path, catalog: first });
    await store.append('a', { eventType: 'RENAMED', data: { name: 'Ada Lovelace' } });
  }
  await using store = await openLevelEventStore({ path, catalog: second });
  const { events } = await store.append('a', {
    eventType: 'RENAMED',
    data: { first: 'Alan', last: 'Turing' },
  });
  expect(events[0]).toMatchObject({ schemaVersion: 2 });

  const data = { first: 'Ada', last: 'Lovelace' };
  const [old] = await store.getEvents('a');
  expect(old).toMatchObject({ schemaVersion: 2, data });
  expect(Object.isFrozen(old?.data)).toBe(true);
  expect((await collect(store.read()))[0]).toEqual(old);
  expect(await store.getEvent(old?.eventId ?? '')).toEqual(old);
  for await (const message of store.subscribe()) {
    if (message.kind === 'event') expect(message.event).toEqual(old);
    break;
  }
  // An export is what is stored, so that its import has the same head.
  const exported = await collect(store.exportEvents());
  expect(exported[0]).toMatchObject({ schemaVersion: 1, data: { name: 'Ada Lovelace' } });
  await using memory = createMemoryEventStore(second);
  await memory.importEvents(exported);
  expect(await memory.head()).toEqual(await store.head());
  expect(await memory.getEvents('a')).toEqual(await store.getEvents('a'));
});

it('a payload and a type of a newer writer are read as they stand, and never stop a load', async () => {
  await using newer = createMemoryEventStore(second);
  await newer.append('a', { eventType: 'RENAMED', data: { first: 'Alan', last: 'Turing' } });
  await using older = createMemoryEventStore(first);
  await older.importEvents(newer.exportEvents());
  await using stranger = createMemoryEventStore(defineEvents({}));
  await stranger.importEvents(newer.exportEvents());
  for (const store of [older, stranger]) {
    expect(await collect(store.read())).toEqual(await collect(newer.read()));
    expect(await store.getEvents('a')).toHaveLength(1);
  }
});
