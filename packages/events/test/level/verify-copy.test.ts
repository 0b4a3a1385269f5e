import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { describe, expect, it } from 'vitest';
import { outlinesKey, segmentKey, segmentKeysOf, windowKey } from '../../src/level/keys.ts';
import { openLevelLog } from '../../src/level/level-log.ts';
import { repairLevelEventStore } from '../../src/level/repair.ts';
import { verifyCopy } from '../../src/level/verify/verify-copy.ts';
import { createEventStore } from '../../src/store/create-event-store.ts';
import { contractEvents, note } from '../../src/testing/contract-catalog.ts';
import { temporaryFolder } from './temporary-folder.ts';

const asBuffer = { valueEncoding: 'buffer' } as const;

/** A closed store of 1 000 events of one task, 900 of them sealed in windows of 300. */
async function sealedStore(): Promise<string> {
  const path = await temporaryFolder();
  const small = { windowLength: 300, unsealedTail: 8, runLength: 64 };
  const log = await openLevelLog(path, { ...small, sealEveryMs: Number.POSITIVE_INFINITY });
  const store = createEventStore(contractEvents, log);
  await store.append(
    'task',
    Array.from({ length: 1_000 }, (_, n) => note({ n })),
  );
  await log.seal();
  await store.close();
  return path;
}

async function tamper(path: string, change: (db: ClassicLevel) => Promise<unknown>) {
  const db = new ClassicLevel(join(path, 'log'));
  await change(db);
  await db.close();
}

describe('a closed store is verified', () => {
  it('that is whole', async () => {
    const report = await verifyCopy(await sealedStore());
    expect(report).toMatchObject({ ok: true, events: 1_000, tasks: 1, head: { sequence: 1_000 } });
  });

  it('whose newest window seems to end thousands of millions of events further', async () => {
    const path = await sealedStore();
    const far = 4_000_000_000;
    await tamper(path, async (db) => {
      const directory = await db.get<string, Buffer>(windowKey(900), asBuffer);
      await db.del(windowKey(900));
      await db.put<string, Buffer>(windowKey(far), directory ?? Buffer.alloc(0), asBuffer);
    });
    const { ok, events, damage, head } = await verifyCopy(path);
    expect([ok, events, head.sequence]).toEqual([false, 1_000, 1_000]);
    const told = damage.map(({ message }) => message);
    expect(told).toContain(`there is a directory of sealed events up to ${far}, but none of them`);
    expect(told).toContainEqual(expect.stringMatching(/directory .* up to 900 is damaged/));
  });

  it('of which segments are damaged in several windows: each is told, and nothing that follows from it', async () => {
    const path = await sealedStore();
    await tamper(path, async (db) => {
      for (const key of [segmentKey(300, 1), segmentKey(900, 0)]) await db.put(key, 'gone');
    });
    const { damage } = await verifyCopy(path);
    expect(damage.map(({ message }) => message)).toEqual([
      expect.stringMatching(/segment 1 of the sealed events 1 to 300 is damaged/),
      expect.stringMatching(/segment 0 of the sealed events 601 to 900 is damaged/),
    ]);
  });

  it('of which a segment, the outlines and the directory of one window are damaged: all are told, and repair loses the segment only', async () => {
    const path = await sealedStore();
    await tamper(path, async (db) => {
      for (const key of [segmentKey(600, 1), outlinesKey(600), windowKey(600)]) {
        await db.put(key, 'gone');
      }
    });
    const { damage, events } = await verifyCopy(path);
    expect(damage.map(({ message }) => message)).toEqual([
      expect.stringMatching(/directory of the sealed events up to 600 is damaged/),
      expect.stringMatching(/segment 1 of the sealed events 301 to 600 is damaged/),
      expect.stringMatching(/outlines of the sealed events 301 to 600 are damaged/),
    ]);
    expect(events).toBe(1_000 - 128);
    const into = await temporaryFolder();
    expect(await repairLevelEventStore({ path, into })).toMatchObject({
      head: { sequence: 428 },
      lost: 1_000 - 428 - 128,
    });
  });

  it('in which a whole window is that of another store: both ends of it are told, and repair ends before it', async () => {
    const [path, other] = [await sealedStore(), await sealedStore()];
    const rows: (readonly [string, Buffer])[] = [];
    await tamper(other, async (db) => {
      for (const keys of [segmentKeysOf(600), { gte: outlinesKey(600), lte: outlinesKey(600) }]) {
        rows.push(...(await db.iterator<string, Buffer>({ ...keys, ...asBuffer }).all()));
      }
    });
    await tamper(path, async (db) => {
      for (const [key, row] of rows) await db.put<string, Buffer>(key, row, asBuffer);
    });
    const { damage } = await verifyCopy(path);
    expect(damage.map(({ message }) => message)).toEqual([
      'Event 301: breaks the hash chain',
      'Event 601: breaks the hash chain',
      expect.stringContaining('the index of events'), // their ids are others
    ]);
    const into = await temporaryFolder();
    expect(await repairLevelEventStore({ path, into })).toMatchObject({
      head: { sequence: 300 },
      acknowledged: 1_000,
    });
  });

  it('until it is aborted', async () => {
    const path = await sealedStore();
    await expect(verifyCopy(path, AbortSignal.abort())).rejects.toThrow(/abort/);
  });
});
