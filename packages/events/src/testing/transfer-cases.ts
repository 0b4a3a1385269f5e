import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { AnyEvent } from '../event.ts';
import { exportNdjson, importNdjson } from '../store/ndjson.ts';
import { collect, upTo } from './collect.ts';
import type { ContractFactory, ContractStore, StoreCase } from './contract-backend.ts';
import { contractEvents, note, placed } from './contract-catalog.ts';

async function fill(store: ContractStore): Promise<void> {
  await store.append('a', [placed('x'), placed('y', { codeVersion: 1 })], { process: 'p' });
  await store.append('line\nbreak', note({ text: 'a\nb\u2028', list: [{}] }));
  await store.append('a', placed('z', { vectorClock: { q: 4 } }), { process: 'q' });
  await store.append(
    'a',
    upTo(30).map((i) => note({ i })),
    { process: 'p' },
  );
}

/** An event as a newer writer stored it. */
function foreign(sequence: number, rest: Partial<AnyEvent> = {}): AnyEvent {
  return {
    sequence,
    version: sequence,
    vectorClock: { p: sequence },
    eventId: `0190a000-0000-7000-8000-${sequence.toString(16).padStart(12, '0')}`,
    taskId: 'a',
    eventType: 'FROM_THE_FUTURE',
    timestamp: '2999-01-01T00:00:00.000Z',
    codeVersion: 0,
    codeHash: null,
    causationId: null,
    correlationId: null,
    schemaVersion: 7,
    data: { anything: [1] },
    ...rest,
  };
}

/** Export and import, reopening. */
export function transferCases(factory: ContractFactory): readonly StoreCase[] {
  return [
    [
      'gate 1.3: after an append and a reopen the very same events are read; the export is valid JSON line by line',
      async (store, subject) => {
        await fill(store);
        const before = await collect(store.read());
        let current = store;
        if (subject.reopen) {
          await store.close();
          current = await subject.reopen();
        }
        assert.deepEqual(await collect(current.read()), before);
        const lines = (await collect(exportNdjson(current))).join('').split('\n');
        assert.equal(lines.pop(), '');
        assert.deepEqual(
          lines.map((line) => JSON.parse(line)),
          JSON.parse(JSON.stringify(before)),
        );
        const { events } = await current.append('a', placed('next'));
        assert.equal(events[0]?.sequence, before.length + 1);
      },
    ],
    [
      'an export imported into an empty store gives equal events, sequences, versions, ids and head',
      async (store) => {
        await fill(store);
        const bytes = new TextEncoder().encode((await collect(exportNdjson(store))).join(''));
        const other = await factory({ catalog: contractEvents });
        try {
          const chunks = upTo(Math.ceil(bytes.length / 7)).map((i) =>
            bytes.slice((i - 1) * 7, i * 7),
          );
          assert.equal(await importNdjson(other.store, chunks), 34);
          assert.deepEqual(await collect(other.store.read()), await collect(store.read()));
          assert.deepEqual(await other.store.head(), await store.head());
          assert.deepEqual(await other.store.taskHead('a'), await store.taskHead('a'));
          const more = (one: ContractStore) => one.append('a', placed('next'), { process: 'p' });
          assert.deepEqual(
            (await more(other.store)).events[0]?.vectorClock,
            (await more(store)).events[0]?.vectorClock,
          );
        } finally {
          await other.dispose();
        }
      },
    ],
    [
      'import takes unknown types and later timestamps, and every read gives them as they are, also after a reopen',
      async (store, subject) => {
        const both = [foreign(1), foreign(2)];
        assert.equal(await store.importEvents(both), 2);
        let current = store;
        for (const reopens of [false, true]) {
          if (reopens && !subject.reopen) continue;
          if (reopens) await current.close();
          if (reopens && subject.reopen) current = await subject.reopen();
          assert.deepEqual(await collect(current.read()), both);
          assert.deepEqual(await collect(current.read({ eventTypes: ['FROM_THE_FUTURE'] })), both);
          assert.deepEqual(await current.getEvents('a'), both);
          assert.deepEqual(await current.getEvent(foreign(2).eventId), foreign(2));
          for await (const message of current.subscribe()) {
            assert.deepEqual(message, { kind: 'event', event: foreign(1) });
            break;
          }
        }
        assert.equal((await current.append('a', placed('x'))).version, 3);
      },
    ],
    [
      'the hash of the head is a chain: SHA-256 of the hash before and the line of each event, from the first on',
      async (store) => {
        await fill(store);
        let hash = '';
        for await (const line of exportNdjson(store)) {
          hash = createHash('sha256')
            .update(hash + line.trimEnd())
            .digest('hex');
        }
        assert.equal((await store.head()).hash, hash);
      },
    ],
    [
      'import refuses what does not continue the log, naming the sequence',
      async (store) => {
        const refused = (sequence: number) => ({ code: 'INTEGRITY', sequence });
        await assert.rejects(store.importEvents([foreign(2)]), refused(2));
        await assert.rejects(store.importEvents([foreign(1, { version: 2 })]), refused(1));
        const repeated = foreign(2, { eventId: foreign(1).eventId });
        await assert.rejects(store.importEvents([foreign(1), repeated]), refused(2));
        assert.equal((await store.head()).sequence, 0);
        await store.importEvents([foreign(1)]);
        await assert.rejects(store.importEvents([repeated]), refused(2));
        await assert.rejects(store.importEvents([foreign(1)]), refused(1));
        await store.importEvents([foreign(2)]);
        assert.equal((await store.head()).sequence, 2);
      },
    ],
    [
      'a line that is no event is refused with its number',
      async (store) => {
        const lines = `${JSON.stringify(foreign(1))}\n{"sequence":2`;
        await assert.rejects(importNdjson(store, [lines]), /line 2/);
      },
    ],
    [
      'a refused import leaves the store able to append',
      async (store) => {
        const rest = { taskId: 'b', version: 9 };
        await assert.rejects(store.importEvents([foreign(1), foreign(2, rest)]), { sequence: 2 });
        const { events } = await store.append('a', placed('x'));
        assert.equal(events[0]?.sequence, 1);
        assert.equal(events[0]?.version, 1);
      },
    ],
  ];
}
