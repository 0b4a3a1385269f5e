import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { describe, expect, it } from 'vitest';
import { stampChecksum } from '../../src/level/checksum.ts';
import { openLevelEventStore, repairLevelEventStore } from '../../src/level/index.ts';
import { outlinesKey, segmentKey, windowKey } from '../../src/level/keys.ts';
import { openLevelLog } from '../../src/level/level-log.ts';
import { createEventStore } from '../../src/store/create-event-store.ts';
import { collect } from '../../src/testing/collect.ts';
import { contractEvents, note } from '../../src/testing/contract-catalog.ts';
import { orgEvents, temporaryFolder } from './cli-run.ts';

const windowEnd = 300;

/** A closed store whose first 300 events are sealed, with one row as a later version might have written it. */
async function storeWith(path: string, key: string): Promise<void> {
  const log = await openLevelLog(path, {
    windowLength: windowEnd,
    unsealedTail: 8,
    sealEveryMs: Number.POSITIVE_INFINITY,
    runLength: 64, // else opening reads the sealed events to index them anew
  });
  const store = createEventStore(contractEvents, log);
  await store.append(
    'task',
    Array.from({ length: 400 }, (_, n) => note({ n })),
  );
  await log.seal();
  await store.close();
  const db = new ClassicLevel(join(path, 'log'));
  const row = await db.get<string, Buffer>(key, { valueEncoding: 'buffer' });
  if (row === undefined) throw new Error(`There is no ${key}`);
  row[4] = 9;
  await db.put<string, Buffer>(key, stampChecksum(key, row), { valueEncoding: 'buffer' });
  await db.close();
}

const rows: Readonly<Record<string, string>> = {
  segment: segmentKey(windowEnd, 1),
  'row of outlines': outlinesKey(windowEnd),
  directory: windowKey(windowEnd),
};

/** From what is left of these the events themselves can be read. */
const isDerived = (name: string) => name !== 'segment';

for (const [name, key] of Object.entries(rows)) {
  describe(`a ${name} of a newer version`, () => {
    it('is told as such by whoever reads it, not as damage', async () => {
      await using folder = await temporaryFolder();
      const path = folder.in('store');
      await storeWith(path, key);
      await using store = await openLevelEventStore({ path, catalog: contractEvents });
      const newer = { code: 'NEWER_FORMAT', message: expect.stringContaining('format 9') };
      const reading = name === 'segment' ? collect(store.read()) : store.getEvents('task');
      const outlines = collect(store.readOutlines());
      await expect(name === 'row of outlines' ? outlines : reading).rejects.toMatchObject(newer);
      await expect(store.verify()).rejects.toMatchObject(newer);
      expect(await collect(store.read({ afterSequence: windowEnd }))).toHaveLength(100);
    });

    it(`${isDerived(name) ? 'is not needed by' : 'ends'} a repair, which drops nothing`, async () => {
      await using folder = await temporaryFolder();
      const path = folder.in('store');
      await storeWith(path, key);
      const repairing = repairLevelEventStore({ path, into: folder.in('new') });
      if (isDerived(name)) {
        expect(await repairing).toMatchObject({ head: { sequence: 400 } });
        return;
      }
      await expect(repairing).rejects.toMatchObject({ code: 'NEWER_FORMAT' });
      expect(await folder.list()).toEqual(['store']);
    });

    it('is told by the command line with what to do', async () => {
      await using folder = await temporaryFolder();
      const path = folder.in('store');
      await storeWith(path, key);
      for (const args of [['verify'], ['backup', folder.in('new')], ['repair', folder.in('new')]]) {
        const [command = '', ...more] = args;
        if (command === 'repair' && isDerived(name)) continue;
        const { exitCode, out, notes } = await orgEvents([command, path, ...more]);
        expect([command, exitCode, out]).toEqual([command, 7, '']);
        expect(notes).toContain('written by a newer version of @org/events');
        expect(notes).toContain('Nothing is known to be damaged. Use that version');
        expect(notes).not.toContain('NEW_FOLDER');
      }
      expect(await folder.list()).toEqual(['store']);
    });
  });
}
