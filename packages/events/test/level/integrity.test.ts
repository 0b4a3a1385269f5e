import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryEventStore } from '@org/events';
import { openLevelEventStore, repairLevelEventStore } from '@org/events/level';
import { contractEvents } from '@org/events/testing';
import { ClassicLevel } from 'classic-level';
import { describe, expect, it } from 'vitest';
import { collect } from '../../src/testing/collect.ts';
import { temporaryFolder } from './temporary-folder.ts';

const note = (n: number) => ({ eventType: 'NOTE', data: { n, text: 'x'.repeat(50) } }) as const;

const open = (path: string) => openLevelEventStore({ path, catalog: contractEvents });

async function filledStore(events: number): Promise<string> {
  const path = await temporaryFolder();
  await using store = await open(path);
  for (let from = 0; from < events; from += 500) {
    const page = Array.from({ length: Math.min(500, events - from) }, (_, i) => note(from + i + 1));
    await store.append(`task-${(from / 500) % 3}`, page);
  }
  return path;
}

/** Changes the closed store's database behind its back. */
async function tamper(path: string, change: (db: ClassicLevel) => Promise<unknown>): Promise<void> {
  const db = new ClassicLevel(join(path, 'log'));
  await change(db);
  await db.close();
}

/** The group of records that holds an event: it is named by its last. */
async function groupOf(db: ClassicLevel, sequence: number): Promise<[key: string, value: string]> {
  const least = `e${sequence.toString(36).padStart(12, '0')}`;
  const [group] = await db.iterator({ gte: least, lt: 'f', limit: 1 }).all();
  return group ?? ['', ''];
}

/** The two lines of an event in its group. */
const recordOf = (sequence: number) => new RegExp(`.*\\n\\{"sequence":${sequence},.*`);

async function changeRecord(
  db: ClassicLevel,
  sequence: number,
  change: (record: string) => string,
): Promise<void> {
  const [key, value] = await groupOf(db, sequence);
  await db.put(key, value.replace(recordOf(sequence), change));
}

describe('what is stored is checked', () => {
  it('a sound store verifies, also with a large index', async () => {
    const path = await filledStore(9_000);
    await using store = await open(path);
    await store.writeCheckpoint({ name: 'p', sequence: 9_000, state: {} });
    expect(await store.verify()).toEqual({
      ok: true,
      events: 9_000,
      tasks: 3,
      checkpoints: 1,
      head: await store.head(),
      witness: 'present',
      damage: [],
    });
    expect(store.opened).toEqual({ head: await store.head(), witness: 'present' });
  });

  it('the chain of the durable store is that of the store in memory', async () => {
    const path = await temporaryFolder();
    await using store = await open(path);
    await store.append('a', [note(1), note(2)]);
    await store.append('ü🙂', note(3));
    await using memory = createMemoryEventStore(contractEvents);
    await memory.importEvents(store.exportEvents());
    expect(await memory.head()).toEqual(await store.head());
  });

  it('a record whose bits changed is an IntegrityError naming it, on every way to read it', async () => {
    const path = await filledStore(5_000);
    let eventId = '';
    await tamper(path, (db) =>
      changeRecord(db, 42, (record) => {
        [, eventId = ''] = /"eventId":"([^"]+)"/.exec(record) ?? [];
        return record.replace('xxx', 'xyx');
      }),
    );
    await using store = await open(path);
    const damage = { code: 'INTEGRITY', sequence: 42 };
    await expect(store.getEvent(eventId)).rejects.toMatchObject(damage);
    await expect(collect(store.subscribe())).rejects.toMatchObject(damage);
    await expect(collect(store.readOutlines())).rejects.toMatchObject(damage);
    await expect(collect(store.exportEvents())).rejects.toMatchObject(damage);
    await expect(store.getEvents('task-0')).rejects.toMatchObject(damage);
    await expect(collect(store.read())).rejects.toMatchObject(damage);
    await expect(collect(store.read({ direction: 'backward' }))).rejects.toMatchObject(damage);
    await expect(collect(store.read({ eventTypes: ['NOTE'] }))).rejects.toMatchObject(damage);
    const report = await store.verify();
    expect(report).toMatchObject({ ok: false, events: 4_999 });
    expect(report.damage).toMatchObject([damage]);
    expect(await collect(store.read({ afterSequence: 42 }))).toHaveLength(4_958);
  });

  it('an append that needs a damaged record is refused alone, not with those that are written beside it', async () => {
    const path = await filledStore(5_000);
    const newest = 4_000; // of task 1, and indexed: the store opens
    await tamper(path, (db) => changeRecord(db, newest, (record) => record.replace('xxx', 'xyx')));
    await using store = await open(path);
    const outcomes = await Promise.allSettled(
      ['task-0', 'task-1', 'new'].map((taskId) => store.append(taskId, note(0))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'INTEGRITY', sequence: newest } });
    expect((await store.head()).sequence).toBe(5_002);
  });

  it('a missing record, and one in the place of another, are named', async () => {
    const path = await filledStore(5_000);
    await tamper(path, async (db) => {
      await changeRecord(db, 100, () => '');
      let other = '';
      await changeRecord(db, 201, (record) => (other = record));
      await changeRecord(db, 200, () => other);
    });
    await using store = await open(path);
    await expect(collect(store.read())).rejects.toMatchObject({
      code: 'INTEGRITY',
      sequence: 100,
    });
    const report = await store.verify();
    expect(report.damage.map(({ sequence }) => sequence)).toEqual([100, 200]);
  });

  it('of a missing group of records each is named, in either direction', async () => {
    const path = await filledStore(5_000);
    await tamper(path, async (db) => db.del((await groupOf(db, 200))[0]));
    await using store = await open(path);
    const missing = (sequence: number) => ({ code: 'INTEGRITY', sequence });
    await expect(collect(store.read())).rejects.toMatchObject(missing(193));
    await expect(collect(store.read({ direction: 'backward' }))).rejects.toMatchObject(
      missing(193),
    );
    expect(await collect(store.read({ afterSequence: 208 }))).toHaveLength(4_792);
    expect(await collect(store.read({ until: 192 }))).toHaveLength(192);
    const report = await store.verify();
    expect(report.damage.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 16 }, (_, i) => 193 + i),
    );
  });

  it('a record changed together with its checksum breaks the chain', async () => {
    const path = await filledStore(5_000);
    const { crc32 } = await import('node:zlib');
    const change = (record: string) => {
      const content = record.slice(8).replace('"n":500', '"n":501');
      return crc32(content).toString(16).padStart(8, '0') + content;
    };
    await tamper(path, (db) => changeRecord(db, 500, change));
    await using store = await open(path);
    const report = await store.verify();
    expect(report.damage.map(({ message }) => message)).toEqual([
      'Event 500: breaks the hash chain',
    ]);
  });

  it('damage near the head is found on open', async () => {
    const path = await filledStore(1_000);
    await tamper(path, (db) => changeRecord(db, 990, (record) => record.replace('xxx', 'xyx')));
    await expect(open(path)).rejects.toMatchObject({ code: 'INTEGRITY', sequence: 990 });
    // What a refused opening took it gives back.
    await expect(open(path)).rejects.toMatchObject({ code: 'INTEGRITY', sequence: 990 });
  });

  it('a log that ends before its witness is refused; without a witness the prefix is opened and that reported', async () => {
    const path = await filledStore(1_000);
    await tamper(path, async (db) => db.del((await groupOf(db, 1_000))[0]));
    await expect(open(path)).rejects.toMatchObject({
      code: 'INTEGRITY',
      sequence: 997,
      message: expect.stringMatching(/acknowledged.*repair/),
    });
    rmSync(join(path, 'witness'));
    await using store = await open(path);
    expect(store.opened).toMatchObject({ head: { sequence: 996 }, witness: 'missing' });
  });

  it('a log with another event than the witness names is refused, and a repair says that they do not belong together', async () => {
    const path = await filledStore(10);
    const other = await filledStore(10);
    cpSync(join(other, 'witness'), join(path, 'witness'));
    await expect(open(path)).rejects.toMatchObject({ code: 'INTEGRITY', sequence: 10 });
    const into = await temporaryFolder();
    const report = await repairLevelEventStore({ path, into });
    expect(report).toMatchObject({ head: { sequence: 10 }, contradictsWitness: true });
  });

  it('a log without its file CURRENT is refused and left as it is, with a witness and without; repair saves all of it', async () => {
    for (const witness of ['present', 'missing']) {
      const path = await filledStore(1_000);
      const { head } = await openedOnce(path);
      if (witness === 'missing') rmSync(join(path, 'witness'));
      rmSync(join(path, 'log', 'CURRENT'));
      const before = readdirSync(join(path, 'log')).toSorted();
      await expect(open(path)).rejects.toMatchObject({
        code: 'INTEGRITY',
        message: expect.stringMatching(/CURRENT is missing.*can be repaired/),
      });
      expect(readdirSync(join(path, 'log')).toSorted()).toEqual(before);
      const into = await temporaryFolder();
      expect(await repairLevelEventStore({ path, into })).toMatchObject({ head, lost: 0 });
    }
  });

  it('a log without the manifest that its CURRENT names, or without a table, is damaged, not a wrong path', async () => {
    for (const file of [/^MANIFEST/, /\.ldb$/]) {
      const path = await filledStore(1_000);
      await openedOnce(path);
      const [name = ''] = readdirSync(join(path, 'log')).filter((one) => file.test(one));
      rmSync(join(path, 'log', name));
      await expect(open(path)).rejects.toMatchObject({ code: 'INTEGRITY', sequence: 0 });
    }
  });

  /** What its log held is in a table then. */
  async function openedOnce(path: string) {
    await using store = await open(path);
    return store.opened;
  }

  it('a damaged witness is told by verify, and replaced by the next append', async () => {
    const path = await filledStore(10);
    const bytes = readFileSync(join(path, 'witness'));
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(join(path, 'witness'), bytes);
    await using store = await open(path);
    expect(store.opened.witness).toBe('damaged');
    expect(await store.verify()).toMatchObject({ ok: false, witness: 'damaged' });
    await store.append('a', note(1));
    expect(await store.verify()).toMatchObject({ ok: true, witness: 'present' });
  });

  it('an index whose bits changed, or of which a part is missing, is an IntegrityError, never a wrong answer', async () => {
    for (const change of ['flip', 'delete'] as const) {
      const path = await filledStore(5_000);
      await tamper(path, async (db) => {
        for (const key of await db.keys({ gte: 'b', lt: 'c' }).all()) {
          if (!key.includes('-task-')) continue;
          const value =
            (await db.get<string, Uint8Array>(key, { valueEncoding: 'view' })) ?? new Uint8Array();
          value[value.length - 1] = (value.at(-1) ?? 0) ^ 1;
          if (change === 'delete') await db.del(key);
          else await db.put<string, Uint8Array>(key, value, { valueEncoding: 'view' });
        }
      });
      await using store = await open(path);
      await expect(store.getEvents('task-0')).rejects.toMatchObject({
        code: 'INTEGRITY',
        sequence: 1,
      });
      await expect(store.taskHead('nobody')).rejects.toMatchObject({ code: 'INTEGRITY' });
      expect((await store.verify()).damage[0]?.message).toMatch(/index of events 1 to/);
    }
  });

  it('a store without its index builds it anew', async () => {
    const path = await filledStore(5_000);
    await tamper(path, (db) => db.clear({ gte: 'x', lt: 'y' }));
    await using store = await open(path);
    expect(await store.getEvents('task-1')).toHaveLength(1_500);
    expect(await store.verify()).toMatchObject({ ok: true, events: 5_000 });
  });

  it('damaged checkpoints and keys that are none are told, and a damaged checkpoint is replaced by the next', async () => {
    const path = await filledStore(10);
    {
      await using store = await open(path);
      await store.writeCheckpoint({ name: 'p', sequence: 5, state: { sum: 1 } });
      await store.writeCheckpoint({ name: 'q', sequence: 5, state: null });
    }
    await tamper(path, async (db) => {
      await db.put('c"p"', ((await db.get('c"p"')) ?? '').replace('1', '2'));
      await db.put('c"r"', (await db.get('c"q"')) ?? '');
      await db.put('stray', '');
    });
    await using store = await open(path);
    await expect(store.readCheckpoint('p')).rejects.toMatchObject({ code: 'INTEGRITY' });
    await expect(store.readCheckpoint('r')).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect((await store.verify()).damage).toHaveLength(3);
    // It can be made again, and hurts no append that is written beside it.
    await Promise.all([
      store.writeCheckpoint({ name: 'p', sequence: 2, state: 'anew' }),
      store.append('a', note(11)),
    ]);
    expect(await store.readCheckpoint('p')).toMatchObject({ sequence: 2, state: 'anew' });
    expect((await store.verify()).damage).toHaveLength(2);
  });
});

describe('backup', () => {
  it('is a consistent state taken while appends go on', async () => {
    const path = await filledStore(3_000);
    const into = join(await temporaryFolder(), 'backup');
    await using store = await open(path);
    await store.writeCheckpoint({ name: 'p', sequence: 7, state: 'seven' });
    let running = true;
    const appending = (async () => {
      for (let n = 0; running; n++) await store.append('meanwhile', note(n));
    })();
    const head = await store.backup(into);
    running = false;
    await appending;
    expect(head.sequence).toBeGreaterThanOrEqual(3_000);
    await using copy = await open(into);
    expect(await copy.head()).toEqual(head);
    expect(await copy.verify()).toMatchObject({ ok: true, witness: 'present' });
    expect((await copy.readCheckpoint('p'))?.state).toBe('seven');
    const events = await collect(copy.read());
    expect(events).toEqual(await collect(store.read({ until: head.sequence })));
  });

  it('refuses a folder in which there is something', async () => {
    const path = await filledStore(1);
    await using store = await open(path);
    await expect(store.backup(path)).rejects.toMatchObject({ code: 'STORE_PATH' });
  });
});

describe('repair', () => {
  it('keeps the longest whole prefix in a new folder, saves what lies behind, and leaves the old one alone', async () => {
    const path = await filledStore(1_000);
    {
      await using store = await open(path);
      await store.writeCheckpoint({ name: 'early', sequence: 10, state: 1 });
      await store.writeCheckpoint({ name: 'late', sequence: 900, state: 2 });
    }
    await tamper(path, (db) => changeRecord(db, 600, () => 'damaged\nrecord'));
    const before = readdirSync(join(path, 'log')).toSorted();
    const into = await temporaryFolder();
    const report = await repairLevelEventStore({ path, into });
    expect(report).toMatchObject({
      head: { sequence: 599 },
      acknowledged: 1_000,
      contradictsWitness: false,
      lost: 400,
      checkpoints: 1,
    });
    expect(readdirSync(join(path, 'log')).toSorted()).toEqual(before);
    const lost = readFileSync(join(into, 'lost-events.ndjson'), 'utf8').trim().split('\n');
    expect(lost.map((line) => JSON.parse(line).sequence)).toEqual(
      Array.from({ length: 400 }, (_, i) => 601 + i),
    );
    await using store = await open(into);
    expect(await store.verify()).toMatchObject({ ok: true, events: 599 });
    await store.append('task-0', note(0));
  });

  it('accepts a log that ends before its witness', async () => {
    const path = await filledStore(100);
    await tamper(path, async (db) => {
      await db.clear({ gte: (await groupOf(db, 100))[0], lt: 'f' });
      await db.compactRange('a', 'z');
    });
    await expect(open(path)).rejects.toMatchObject({ code: 'INTEGRITY' });
    const into = await temporaryFolder();
    const report = await repairLevelEventStore({ path, into });
    expect(report).toMatchObject({ head: { sequence: 96 }, acknowledged: 100, lost: 0 });
    expect(existsSync(join(into, 'lost-events.ndjson'))).toBe(false);
    await using store = await open(into);
    expect((await store.append('a', note(1))).firstSequence).toBe(97);
  });

  it('builds a damaged index anew without losing an event', async () => {
    const path = await filledStore(5_000);
    const head = await (async () => {
      await using store = await open(path);
      return store.head();
    })();
    await tamper(path, (db) => db.clear({ gte: 'b', lt: 'c' }));
    const into = await temporaryFolder();
    expect(await repairLevelEventStore({ path, into })).toMatchObject({ head, lost: 0 });
    await using store = await open(into);
    expect(await store.verify()).toMatchObject({ ok: true });
  });

  it('refuses a store that is open', async () => {
    const path = await filledStore(1);
    await using _store = await open(path);
    const into = await temporaryFolder();
    await expect(repairLevelEventStore({ path, into })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
    });
  });
});
