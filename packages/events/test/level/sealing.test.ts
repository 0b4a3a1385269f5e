import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStoreContract } from '@org/events/testing';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyEvent } from '../../src/event.ts';
import { segmentKey } from '../../src/level/keys.ts';
import { openLevelLog } from '../../src/level/level-log.ts';
import { encodeSegment, openSegment } from '../../src/level/segments/segment.ts';
import type { StoredRecord } from '../../src/level/stored-record.ts';
import { createEventStore } from '../../src/store/create-event-store.ts';
import { collect } from '../../src/testing/collect.ts';
import { contractEvents, note } from '../../src/testing/contract-catalog.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Seals at once, and all but the last record. */
async function openEager(path: string) {
  const log = await openLevelLog(path, { runLength: 64, sealEveryMs: 0, unsealedTail: 1 });
  return { log, store: createEventStore(contractEvents, log) };
}

async function filled(path: string, events: number) {
  const opened = await openEager(path);
  for (let n = 0; n < events; n += 50) {
    const page = Array.from({ length: 50 }, (_, i) => note({ n: n + i, text: `é🙂${n}` }));
    await opened.store.append(`task-${(n / 50) % 3}`, page, { process: `p${n % 4}` });
  }
  return opened;
}

describe('the contract, with all older events sealed at once', () => {
  const cases = eventStoreContract(
    async (options) => {
      const path = await mkdtemp(join(tmpdir(), 'org-events-'));
      const open = async () => {
        const log = await openLevelLog(path, {
          runLength: 64,
          sealEveryMs: 0,
          unsealedTail: 1,
        });
        return createEventStore(contractEvents, log, options);
      };
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

describe('sealing', () => {
  it('moves older events into segments, and every read gives what it gave before', async () => {
    const path = await temporaryFolder();
    const { store, log } = await filled(path, 1_000);
    const before = await collect(store.read());
    const { hash } = await store.head();
    await log.seal();
    expect(log.sealedUpTo()).toBe(992);
    expect(await log.verify()).toMatchObject({ ok: true, events: 1_000, damage: [] });
    expect(await collect(store.read())).toEqual(before);
    expect(await collect(store.read({ direction: 'backward' }))).toEqual(before.toReversed());
    expect(await store.getEvents('task-1')).toEqual(
      before.filter(({ taskId }) => taskId === 'task-1'),
    );
    for (const event of before.filter(({ sequence }) => sequence % 90 === 0)) {
      expect(await store.getEvent(event.eventId)).toEqual(event);
    }
    await store.close();

    const again = await openEager(path);
    expect(again.log.sealedUpTo()).toBe(992);
    expect(await again.store.head()).toEqual({ sequence: 1_000, hash });
    expect(await collect(again.store.read({ afterSequence: 500 }))).toEqual(before.slice(500));
    await again.store.close();
    const db = new ClassicLevel(join(path, 'log'));
    expect((await db.keys({ gte: 'e', lt: 'f' }).all()).length).toBe(8);
    expect((await db.keys({ gte: 's', lt: 't' }).all()).length).toBe(31);
    await db.close();
  });

  it('reads beside sealing find every event, in one place or the other', async () => {
    const path = await temporaryFolder();
    const { store, log } = await filled(path, 4_000);
    const reads = Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const events = await collect(store.read({ afterSequence: i * 100 }));
        expect(events.map(({ sequence }) => sequence)).toEqual(
          Array.from({ length: 4_000 - i * 100 }, (_, at) => i * 100 + at + 1),
        );
        return store.getEvents(`task-${i % 3}`);
      }),
    );
    await Promise.all([reads, log.seal()]);
    expect(log.sealedUpTo()).toBe(3_968);
    await store.close();
  });

  it('a segment with a changed bit is an IntegrityError naming its first event', async () => {
    const path = await temporaryFolder();
    const { store, log } = await filled(path, 1_000);
    await log.seal();
    await store.close();
    const db = new ClassicLevel(join(path, 'log'));
    const key = segmentKey(2);
    const value =
      (await db.get<string, Buffer>(key, { valueEncoding: 'buffer' })) ?? Buffer.alloc(0);
    value[value.length >> 1] = (value[value.length >> 1] ?? 0) ^ 4;
    await db.put<string, Buffer>(key, value, { valueEncoding: 'buffer' });
    await db.close();
    const again = await openEager(path);
    const damage = { code: 'INTEGRITY', sequence: 65 };
    await expect(collect(again.store.read())).rejects.toMatchObject(damage);
    await expect(again.store.getEvents('task-1')).rejects.toMatchObject(damage);
    const report = await again.log.verify();
    expect(report.ok).toBe(false);
    expect(report.damage[0]).toMatchObject(damage);
    await again.store.close();
  });
});

describe('a segment', () => {
  const data = fc.dictionary(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor', 'a\u0001b', 'a\nb', '1', '', 'file'),
    ),
    fc.jsonValue(),
    { maxKeys: 6, noNullPrototype: true },
  );
  const clock = fc.dictionary(fc.string(), fc.maxSafeNat(), { maxKeys: 4, noNullPrototype: true });
  const records = fc.array(
    fc.record({ data, clock, text: fc.string({ unit: 'binary' }), id: fc.option(fc.string()) }),
    { minLength: 1, maxLength: 12 },
  );

  it('gives back every record as it was, whole and one by one', () => {
    fc.assert(
      fc.property(records, (given) => {
        const stored = given.map(({ data, clock, text, id }, i): StoredRecord => {
          const event: AnyEvent = {
            sequence: i + 1,
            version: i + 1,
            vectorClock: clock,
            eventId: `id-${i}`,
            taskId: text,
            eventType: 'NOTE',
            timestamp: '2026-11-23T10:00:00.000Z',
            codeVersion: 0,
            codeHash: id,
            causationId: null,
            correlationId: id,
            schemaVersion: 1,
            data: JSON.parse(JSON.stringify(data)),
          };
          const hash = `${i}`.padStart(64, 'a');
          return { event, text: JSON.stringify(event), hash, streamClock: i % 2 ? clock : null };
        });
        const segment = openSegment(0, encodeSegment(segmentKey(0), stored));
        const events = segment.events(1, stored.length);
        for (const [i, record] of stored.entries()) {
          const back = segment.record(i + 1);
          expect(back.text).toBe(record.text);
          expect(back.hash).toBe(record.hash);
          expect(JSON.stringify(back.streamClock)).toBe(JSON.stringify(record.streamClock));
          expect(JSON.stringify(events[i])).toBe(record.text);
          expect(Object.isFrozen(events[i]) && Object.isFrozen(events[i]?.data)).toBe(true);
        }
      }),
    );
  });

  it('under another key it is not accepted', () => {
    const event = { sequence: 1, version: 1, data: {}, vectorClock: {} } as unknown as AnyEvent;
    const record = { event, text: '', hash: ''.padStart(64, '0'), streamClock: null };
    const value = encodeSegment(segmentKey(3), [
      {
        ...record,
        event: {
          ...event,
          eventId: '',
          taskId: '',
          eventType: '',
          timestamp: '',
          codeVersion: 0,
          codeHash: null,
          causationId: null,
          correlationId: null,
          schemaVersion: 1,
        },
      },
    ]);
    expect(() => openSegment(4, value)).toThrow(/damaged/);
    expect(() => openSegment(3, undefined)).toThrow(/missing/);
  });
});
