import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStoreContract } from '@org/events/testing';
import { type ChainedBatch, ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AnyEvent } from '../../src/event.ts';
import { outlineOf } from '../../src/event-outline.ts';
import { outlinesKey, segmentKey, segmentKeysOf, windowKey } from '../../src/level/keys.ts';
import { openLevelLog } from '../../src/level/level-log.ts';
import { keyHash } from '../../src/level/postings/key-hash.ts';
import { repairLevelEventStore } from '../../src/level/repair.ts';
import { openDirectory } from '../../src/level/sealed/directory.ts';
import { createOpenedWindow, pageLength } from '../../src/level/sealed/opened-window.ts';
import { openOutlines } from '../../src/level/sealed/outlines.ts';
import { openSegment, type Segment } from '../../src/level/sealed/segment.ts';
import { encodeWindow } from '../../src/level/sealed/window.ts';
import type { StoredRecord } from '../../src/level/stored-record.ts';
import { createEventStore } from '../../src/store/create-event-store.ts';
import { collect } from '../../src/testing/collect.ts';
import { contractEvents, note } from '../../src/testing/contract-catalog.ts';
import { temporaryFolder } from './temporary-folder.ts';

const smallWindows = { runLength: 64, windowLength: 300, unsealedTail: 8 } as const;

async function open(path: string) {
  const log = await openLevelLog(path, {
    ...smallWindows,
    sealEveryMs: Number.POSITIVE_INFINITY,
  });
  return { log, store: createEventStore(contractEvents, log) };
}

/** Tasks 0 and 1 are spread over the log, task 2 has whole windows. */
async function filled(path: string, events: number) {
  const opened = await open(path);
  for (let n = 0; n < events; n += 50) {
    const page = Array.from({ length: 50 }, (_, i) => note({ n: n + i, text: `é🙂${n}` }));
    const task = n >= 1_200 && n < 2_000 ? 2 : (n / 50) % 2;
    await opened.store.append(`task-${task}`, page, { process: `p${n % 4}` });
  }
  return opened;
}

describe('the contract, with all but the last event sealed at once', () => {
  const cases = eventStoreContract(
    async (options) => {
      const path = await mkdtemp(join(tmpdir(), 'org-events-'));
      const openEager = async () => {
        const log = await openLevelLog(path, {
          runLength: 64,
          sealEveryMs: 0,
          unsealedTail: 1,
          windowLength: 3,
        });
        return createEventStore(contractEvents, log, options);
      };
      let store = await openEager();
      return {
        store,
        reopen: async () => {
          store = await openEager();
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

/** Of all batches; the package does not export their class. */
async function batchPrototype(): Promise<ChainedBatch<ClassicLevel, string, string>> {
  const db = new ClassicLevel(await temporaryFolder());
  await db.open();
  const prototype = Object.getPrototypeOf(db.batch());
  await db.close();
  return Object.getPrototypeOf(prototype);
}

describe('sealing', () => {
  it('moves older events into windows, and every read gives what it gave before', async () => {
    const path = await temporaryFolder();
    const { store, log } = await filled(path, 2_500);
    const before = await collect(store.read());
    const { hash } = await store.head();
    await log.seal();
    expect(log.sealedUpTo()).toBe(2_400);
    expect(await log.verify()).toMatchObject({ ok: true, events: 2_500, damage: [] });
    expect(await collect(store.read())).toEqual(before);
    expect(await collect(store.read({ direction: 'backward' }))).toEqual(before.toReversed());
    const outlines = (await collect(store.readOutlines())).flat();
    expect(outlines).toEqual(before.map(outlineOf));
    for (const taskId of ['task-0', 'task-1', 'task-2']) {
      const own = before.filter((event) => event.taskId === taskId);
      expect(await store.getEvents(taskId)).toEqual(own);
      expect(await collect(store.read({ taskId, direction: 'backward', limit: 7 }))).toEqual(
        own.toReversed().slice(0, 7),
      );
      expect((await store.taskHead(taskId))?.sequence).toBe(own.at(-1)?.sequence);
    }
    for (const event of before.filter(({ sequence }) => sequence % 90 === 0)) {
      expect(await store.getEvent(event.eventId)).toEqual(event);
    }
    await store.close();

    const again = await open(path);
    expect(again.log.sealedUpTo()).toBe(2_400);
    expect(await again.store.head()).toEqual({ sequence: 2_500, hash });
    expect(await again.store.getEvent(before[1_700]?.eventId ?? '')).toEqual(before[1_700]);
    // In one window, over a boundary, and up to what is not sealed.
    for (const [after, until] of [
      [500, 520],
      [590, 610],
      [100, 2_450],
      [2_395, 2_500],
    ] as const) {
      const query = { afterSequence: after, until };
      const expected = before.slice(after, until);
      expect(await collect(again.store.read(query))).toEqual(expected);
      expect(await collect(again.store.read({ ...query, direction: 'backward' }))).toEqual(
        expected.toReversed(),
      );
      expect((await collect(again.store.readOutlines(query))).flat()).toEqual(
        expected.map(outlineOf),
      );
    }
    await again.store.close();
    const db = new ClassicLevel(join(path, 'log'));
    expect((await db.keys({ gte: 'e', lt: 'f' }).all()).length).toBe(8); // of 16, 16, 16 and 2
    expect((await db.keys({ gte: 'w', lt: 'x' }).all()).length).toBe(8);
    expect((await db.keys({ gte: 'o', lt: 'p' }).all()).length).toBe(8);
    await db.close();
  });

  it('a group of records that ends behind a window stays, whole, until the next window is sealed', async () => {
    const path = await temporaryFolder();
    const { store, log } = await open(path);
    const page = Array.from({ length: 550 }, (_, n) => note({ n }));
    await store.append('task-0', page);
    await log.seal(); // a window of 300, and groups of 16: the nineteenth holds 289 to 304
    expect(log.sealedUpTo()).toBe(300);
    const before = await collect(store.read());
    expect(before.map(({ sequence }) => sequence)).toEqual(page.map((_, i) => i + 1));
    expect(await collect(store.read({ direction: 'backward' }))).toEqual(before.toReversed());
    expect(await store.getEvent(before[300]?.eventId ?? '')).toEqual(before[300]);
    await store.append('task-0', page);
    await log.seal();
    expect(log.sealedUpTo()).toBe(900);
    expect((await collect(store.read())).slice(0, 550)).toEqual(before);
    expect(await log.verify()).toMatchObject({ ok: true, events: 1_100 });
    await store.close();
    const db = new ClassicLevel(join(path, 'log'));
    // The second append had groups of its own: 551 to 566, …, 887 to 902.
    expect(await db.keys({ gte: 'e', lt: 'f', limit: 1 }).all()).toEqual(['e0000000000p2']);
    await db.close();
  });

  it('reads beside sealing find every event, in one place or the other', async () => {
    const path = await temporaryFolder();
    const { store, log } = await filled(path, 4_000);
    const reads = Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const direction = i % 2 === 0 ? 'forward' : 'backward';
        const events = await collect(store.read({ afterSequence: i * 100, direction }));
        const expected = Array.from({ length: 4_000 - i * 100 }, (_unused, at) => i * 100 + at + 1);
        if (direction === 'backward') expected.reverse();
        expect(events.map(({ sequence }) => sequence)).toEqual(expected);
        return store.getEvents(`task-${i % 3}`);
      }),
    );
    await Promise.all([reads, log.seal()]);
    expect(log.sealedUpTo()).toBe(3_900);
    await store.close();
  });

  it('large events fill a window sooner', async () => {
    const path = await temporaryFolder();
    const log = await openLevelLog(path, {
      sealEveryMs: Number.POSITIVE_INFINITY,
      unsealedTail: 1,
      windowText: 100_000,
    });
    const store = createEventStore(contractEvents, log);
    for (let n = 0; n < 20; n++) await store.append('a', note({ n, text: 'x'.repeat(30_000) }));
    const before = await store.getEvents('a');
    await log.seal();
    expect(log.sealedUpTo()).toBe(16);
    await store.append('b', note({ text: 'y'.repeat(1_000_000) }));
    await store.append('b', note({ n: 1 }));
    await log.seal();
    expect(log.sealedUpTo()).toBe(21);
    expect(await store.getEvents('a')).toEqual(before);
    expect(await log.verify()).toMatchObject({ ok: true });
    await store.close();
  });

  it('a failed write leaves every event where it was, and nothing is written behind it before a recovery', async () => {
    const path = await temporaryFolder();
    const { store, log } = await filled(path, 1_000);
    const before = await collect(store.read());
    // What a full disk does, at the one write of the sealer.
    const full = Object.assign(new Error('No space left on device'), { code: 'ENOSPC' });
    const batches = await batchPrototype();
    // Runs of the index may still be written; only the sealer deletes groups of records.
    const deleting = new WeakSet<object>();
    // oxlint-disable-next-line typescript/unbound-method -- called with its `this` below
    const { write, del } = batches;
    const deletes = vi.spyOn(batches, 'del').mockImplementation(function (
      this: typeof batches,
      key: unknown,
      options: object,
    ) {
      if (String(key).startsWith('e')) deleting.add(this);
      return Reflect.apply(del, this, [key, options]);
    });
    onTestFinished(() => deletes.mockRestore());
    const spy = vi.spyOn(batches, 'write').mockImplementation(async function (
      this: typeof batches,
      options,
    ) {
      if (!deleting.has(this)) return write.call(this, options);
      throw full;
    });
    onTestFinished(() => spy.mockRestore());
    await expect(log.seal()).rejects.toThrow(/No space left/);
    spy.mockRestore();
    expect(log.sealedUpTo()).toBe(0);
    expect(await collect(store.read())).toEqual(before);
    await expect(store.append('a', note({}))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await log.recover();
    await log.seal();
    expect(log.sealedUpTo()).toBe(900);
    expect(await collect(store.read())).toEqual(before);
    await store.close();
  });

  it('objects whose keys are no well-formed Unicode are sealed as they are, in data and in clocks', async () => {
    const { store, log } = await open(await temporaryFolder());
    const page = Array.from({ length: 350 }, (_, n) => note({ '\ud800': n, '\udfff': { a: n } }));
    await store.append('a', page, { process: '\udc00' });
    const before = await collect(store.read());
    await log.seal();
    expect(log.sealedUpTo()).toBe(300);
    const after = await collect(store.read());
    expect(after.map((event) => JSON.stringify(event))).toEqual(
      before.map((event) => JSON.stringify(event)),
    );
    expect(await log.verify()).toMatchObject({ ok: true, events: 350 });
    await store.close();
  });

  it('closing while it seals gives up the window that is not written yet', async () => {
    const path = await temporaryFolder();
    const { store, log } = await filled(path, 1_500);
    const sealing = log.seal();
    await store.close();
    await sealing;
    const again = await open(path);
    expect(again.log.sealedUpTo()).toBeLessThan(1_500);
    expect(await again.log.verify()).toMatchObject({ ok: true, events: 1_500 });
    await again.store.close();
  });
});

describe('damage in a sealed window', () => {
  async function sealedStore() {
    const path = await temporaryFolder();
    const { store, log } = await filled(path, 1_000);
    const events = await collect(store.read());
    await log.seal();
    await store.close();
    return { path, events };
  }

  async function tamper(path: string, change: (db: ClassicLevel) => Promise<unknown>) {
    const db = new ClassicLevel(join(path, 'log'));
    await change(db);
    await db.close();
  }

  async function flip(db: ClassicLevel, key: string): Promise<void> {
    const value = await db.get<string, Buffer>(key, { valueEncoding: 'buffer' });
    if (value === undefined) throw new Error(`There is no ${key}`);
    value[value.length >> 1] = (value[value.length >> 1] ?? 0) ^ 4;
    await db.put<string, Buffer>(key, value, { valueEncoding: 'buffer' });
  }

  async function isSound(path: string): Promise<boolean> {
    const opened = await open(path).catch(() => null);
    const report = await opened?.log.verify();
    await opened?.store.close();
    return report?.ok ?? false;
  }

  // The second window holds 301 … 600.
  const last = 600;

  for (const change of ['changed', 'missing'] as const) {
    const damage = (db: ClassicLevel, key: string) =>
      change === 'changed' ? flip(db, key) : db.del(key);

    it(`a segment that is ${change}: an IntegrityError names its first event, and only its events are lost`, async () => {
      const { path, events } = await sealedStore();
      await tamper(path, (db) => damage(db, segmentKey(last, 1)));
      const again = await open(path);
      const error = await collect(again.store.read()).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'INTEGRITY' });
      const report = await again.log.verify();
      expect(report.ok).toBe(false);
      const lost = events.length - report.events;
      expect(lost).toBeGreaterThan(0);
      expect(lost).toBeLessThanOrEqual(128);
      expect(report.damage[0]?.sequence).toBeGreaterThan(300);
      expect(report.damage[0]?.sequence).toBeLessThanOrEqual(600);
      for (const taskId of ['task-0', 'task-1']) {
        const own = events.filter((event) => event.taskId === taskId);
        const read = await again.store.getEvents(taskId).catch(() => 'refused');
        expect([own, 'refused']).toContainEqual(read);
      }
      expect(await collect(again.store.read({ afterSequence: last }))).toEqual(events.slice(last));
      await again.store.close();
    });

    it(`outlines that are ${change}: told by whoever needs them and by verify; scans and tasks need none`, async () => {
      const { path, events } = await sealedStore();
      await tamper(path, (db) => damage(db, outlinesKey(last)));
      const again = await open(path);
      const told = { code: 'INTEGRITY', sequence: 301 };
      await expect(collect(again.store.readOutlines())).rejects.toMatchObject(told);
      await expect(again.store.getEvent(events[400]?.eventId ?? '')).rejects.toMatchObject(told);
      expect(await collect(again.store.read())).toEqual(events);
      expect(await again.store.getEvents('task-1')).toEqual(
        events.filter(({ taskId }) => taskId === 'task-1'),
      );
      const report = await again.log.verify();
      expect(report).toMatchObject({ ok: false, events: 1_000 });
      expect(report.damage).toHaveLength(1);
      expect(report.damage[0]).toMatchObject(told);
      await again.store.close();
    });

    it(`a directory that is ${change}: told by reads of tasks and by verify; scans need none`, async () => {
      const { path, events } = await sealedStore();
      await tamper(path, (db) => damage(db, windowKey(last)));
      const again = await open(path);
      await expect(again.store.getEvents('task-1')).rejects.toMatchObject({ code: 'INTEGRITY' });
      const report = await again.log.verify();
      expect(report.ok).toBe(false);
      const all = await collect(again.store.read()).catch(() => 'refused');
      expect([events, 'refused']).toContainEqual(all);
      await again.store.close();
    });
  }

  it('outlines that are intact but not those of the events are told by verify', async () => {
    const { path } = await sealedStore();
    const records = [record(301), record(302)];
    const rows = new Map(encodeWindow(records));
    await tamper(path, async (db) => {
      const keys = await db.keys(segmentKeysOf(last)).all();
      expect(keys.length).toBeGreaterThan(2);
      // Rows of a shorter window under the keys of this one cannot pass for it.
      const outlines = rows.get(outlinesKey(302));
      if (outlines)
        await db.put<string, Uint8Array>(outlinesKey(last), outlines, { valueEncoding: 'view' });
    });
    const again = await open(path);
    expect((await again.log.verify()).damage[0]).toMatchObject({ sequence: 301 });
    await again.store.close();
  });

  it('repair keeps all events when only outlines or a directory are damaged', async () => {
    for (const key of [outlinesKey(last), windowKey(last)]) {
      const { path, events } = await sealedStore();
      await tamper(path, (db) => flip(db, key));
      const into = await temporaryFolder();
      expect(await repairLevelEventStore({ path, into })).toMatchObject({
        head: { sequence: 1_000 },
        lost: 0,
      });
      const repaired = await open(into);
      expect(await collect(repaired.store.read())).toEqual(events);
      expect(await repaired.log.verify()).toMatchObject({ ok: true });
      await repaired.store.close();
    }
  });

  it('repair keeps all events when the key of a row is damaged, however far behind the end it leads', async () => {
    const far = 36 ** 8;
    const newest = 900;
    for (const [key, moved] of [
      [windowKey(newest), windowKey(far)],
      [windowKey(last), windowKey(far)],
      [outlinesKey(newest), outlinesKey(far)],
    ] as const) {
      const { path, events } = await sealedStore();
      await tamper(path, async (db) => {
        const value = await db.get<string, Buffer>(key, { valueEncoding: 'buffer' });
        await db.put<string, Buffer>(moved, value ?? Buffer.alloc(0), { valueEncoding: 'buffer' });
        await db.del(key);
        await db.compactRange('a', 'z');
      });
      expect(await isSound(path), key).toBe(false);
      const into = await temporaryFolder();
      const report = await repairLevelEventStore({ path, into });
      expect(report, key).toMatchObject({ head: { sequence: 1_000 }, lost: 0 });
      const repaired = await open(into);
      expect(await collect(repaired.store.read())).toEqual(events);
      await repaired.store.close();
    }
  });

  it('repair of a damaged segment keeps the prefix and saves what is readable behind it', async () => {
    const { path } = await sealedStore();
    await tamper(path, async (db) => {
      await flip(db, segmentKey(last, 1));
      await db.compactRange('a', 'z'); // out of LevelDB's log, which repair reads by itself
    });
    const into = await temporaryFolder();
    const report = await repairLevelEventStore({ path, into });
    expect(report.head.sequence).toBeGreaterThanOrEqual(300);
    expect(report.head.sequence).toBeLessThan(600);
    expect(report.head.sequence + report.lost).toBeGreaterThanOrEqual(1_000 - 128);
  });
});

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

function record(sequence: number, fields: Partial<AnyEvent> = {}): StoredRecord {
  const event: AnyEvent = {
    sequence,
    version: sequence,
    vectorClock: {},
    eventId: `id-${sequence}`,
    taskId: 'task',
    eventType: 'NOTE',
    timestamp: '2026-11-23T10:00:00.000Z',
    codeVersion: 0,
    codeHash: null,
    causationId: null,
    correlationId: null,
    schemaVersion: 1,
    data: {},
    ...fields,
  };
  const hash = `${sequence}`.padStart(64, 'a');
  return { event, text: JSON.stringify(event), hash, streamClock: null };
}

function segmentsOf(rows: ReadonlyMap<string, Uint8Array>, first: number, last: number): Segment[] {
  const keys = [...rows.keys()].filter((key) => key.startsWith('s'));
  return keys.map((key, number) => openSegment({ first, last, number }, rows.get(key)));
}

describe('a window', () => {
  // Any of Unicode. (fast-check's own `binary` takes two seconds to get ready.)
  const codePoint = fc
    .integer({ min: 0, max: 0x10_ffff })
    .map((code) => String.fromCodePoint(code));
  const data = fc.dictionary(
    fc.oneof(
      fc.string({ unit: codePoint }),
      fc.constantFrom('__proto__', 'constructor', 'a\u0001b', 'a\nb', '1', '', 'file', '\ud800'),
    ),
    fc.jsonValue(),
    { maxKeys: 6, noNullPrototype: true },
  );
  const clock = fc.dictionary(fc.string(), fc.maxSafeNat(), { maxKeys: 4, noNullPrototype: true });
  const time = fc.date({
    min: new Date('0000-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  const events = fc.array(
    fc.record({
      data,
      clock,
      taskId: fc.oneof(fc.string({ unit: codePoint }), fc.constantFrom('a', 'b')),
      id: fc.option(fc.string()),
      time,
      version: fc.maxSafeNat(),
      large: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  );

  it('gives back every record as it was, from its segments, by its outlines and by its directory', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 2 ** 40 }), (given, first) => {
        const records = given.map((one, i) => {
          const made = record(first + i, {
            version: one.version,
            vectorClock: one.clock,
            taskId: one.taskId,
            timestamp: one.time.toISOString(),
            codeHash: one.id,
            correlationId: one.id,
            data: {
              ...JSON.parse(JSON.stringify(one.data)),
              ...(one.large && { x: 'x'.repeat(30_000) }),
            },
          });
          return { ...made, streamClock: i % 2 ? one.clock : null };
        });
        const last = first + given.length - 1;
        const rows = new Map(encodeWindow(records));
        const directory = openDirectory(last, rows.get(windowKey(last)) ?? Buffer.alloc(0));
        const outlines = openOutlines({ first, last }, rows.get(outlinesKey(last)));
        expect(outlines.read(first, last)).toEqual(records.map(({ event }) => outlineOf(event)));
        for (const original of records) {
          const { sequence, taskId } = original.event;
          const number = directory.segmentOf(keyHash(taskId), sequence);
          expect(outlines.segmentOf(sequence)).toBe(number);
          const value = rows.get(segmentKey(last, number));
          const segment = openSegment({ first, last, number }, value);
          const slot = segment.slotOf(sequence);
          expect(segment.sequenceAt(slot)).toBe(sequence);
          expect(segment.records(slot, slot)).toEqual([original]);
          expect(segment.records(slot, slot)[0]?.text).toBe(original.text);
          const [event] = segment.events(slot, slot);
          expect(JSON.stringify(event)).toBe(original.text);
          expect(isDeeplyFrozen(event)).toBe(true);
        }
        const window = createOpenedWindow({ first, last }, segmentsOf(rows, first, last));
        const events = window.events(first, last);
        expect(events.map((event) => JSON.stringify(event))).toEqual(
          records.map(({ text }) => text),
        );
        expect(events.every(isDeeplyFrozen)).toBe(true);
      }),
    );
  });

  it('has segments of at most 128 events, and one task in as few of them as can be', () => {
    const records = Array.from({ length: 1_000 }, (_, i) =>
      record(i + 1, { taskId: i % 2 === 0 ? 'large' : `task-${i % 50}` }),
    );
    const rows = new Map(encodeWindow(records));
    const directory = openDirectory(1_000, rows.get(windowKey(1_000)) ?? Buffer.alloc(0));
    const segmentsOf = (taskId: string) =>
      new Set(
        records.flatMap(({ event }) =>
          event.taskId === taskId ? directory.segmentOf(keyHash(taskId), event.sequence) : [],
        ),
      );
    expect(segmentsOf('large').size).toBe(4);
    for (let task = 1; task < 50; task += 2) expect(segmentsOf(`task-${task}`).size).toBe(1);
    for (let number = 0; number < directory.count; number++) {
      const place = { first: 1, last: 1_000, number };
      expect(openSegment(place, rows.get(segmentKey(1_000, number))).count).toBeLessThanOrEqual(
        128,
      );
    }
  });

  it('gives its events in the order of the log, over the borders of pages, wherever one begins', () => {
    const count = 2 * pageLength + 300;
    const records = Array.from({ length: count }, (_, i) =>
      record(i + 1, { taskId: `task-${(i * 617) % 97}`, data: { n: i } }),
    );
    const segments = segmentsOf(new Map(encodeWindow(records)), 1, count);
    const window = createOpenedWindow({ first: 1, last: count }, segments);
    for (const [from, to] of [
      [1, count],
      [7, 7],
      [pageLength - 3, pageLength + 3],
      [300, 2 * pageLength + 1],
      [pageLength + 1, count],
    ] as const) {
      const expected = records.slice(from - 1, to).map(({ event }) => event);
      expect(window.events(from, to)).toEqual(expected);
    }
  });

  it('reads what occurs again as one frozen object, and strings that occur again as they were', () => {
    const payload = (n: number) => ({ tags: ['a', 'b'], at: { deep: { x: 1 } }, none: {}, n });
    const records = Array.from({ length: 40 }, (_, i) =>
      record(i + 1, {
        vectorClock: { main: i % 3 },
        taskId: `t${i % 5}`,
        data: payload(i),
        eventType: 'x'.repeat(1 + (i % 128)),
      }),
    );
    const rows = new Map(encodeWindow(records));
    const [segment] = segmentsOf(rows, 1, 40);
    const events = segment?.events(0, 39) ?? [];
    const byText = new Map(records.map(({ text }) => [text, text]));
    for (const event of events) {
      expect(byText.delete(JSON.stringify(event))).toBe(true);
      expect(Object.isFrozen(event.vectorClock)).toBe(true);
    }
    expect(byText.size).toBe(0);
    const clocks = new Set(events.map(({ vectorClock }) => vectorClock));
    expect(clocks.size).toBe(3);
    const data = events.map((event) => event.data as ReturnType<typeof payload>);
    expect(new Set(data.map(({ tags }) => tags)).size).toBe(1);
    expect(new Set(data.map(({ at }) => at)).size).toBe(1);
    expect(Object.isFrozen(data[0]?.at.deep) && Object.isFrozen(data[0]?.tags)).toBe(true);
    // One event alone, with what it shares, is the same.
    const [alone] = segmentsOf(rows, 1, 40)[0]?.events(20, 20) ?? [];
    expect(alone).toEqual(events[20]);
  });

  it('rows with any bit changed, or under another key, are not accepted', () => {
    const rows = [...encodeWindow([record(7), record(8)])];
    const open = (kind: string, last: number, value: Uint8Array) => {
      const place = { first: last - 1, last };
      if (kind === 'w') return openDirectory(last, value);
      if (kind === 'o') return openOutlines(place, value);
      return openSegment({ ...place, number: 0 }, value);
    };
    expect(rows).toHaveLength(3);
    for (const [key, value] of rows) {
      const kind = key.slice(0, 1);
      open(kind, 8, value);
      expect(() => open(kind, 9, value)).toThrow(/damaged/);
      for (let bit = 0; bit < value.length * 8; bit++) {
        const flipped = Uint8Array.from(value);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => open(kind, 8, flipped)).toThrow(/damaged/);
      }
    }
    expect(() => openSegment({ first: 7, last: 8, number: 1 }, rows[0]?.[1])).toThrow(/damaged/);
    expect(() => openSegment({ first: 7, last: 8, number: 0 }, undefined)).toThrow(/missing/);
  });
});
