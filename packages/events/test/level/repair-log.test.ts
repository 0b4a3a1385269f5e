import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLevelEventStore, repairLevelEventStore } from '@org/events/level';
import { contractEvents } from '@org/events/testing';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../faults/random.ts';
import { temporaryFolder } from './temporary-folder.ts';

const count = 300;
const open = (path: string) => openLevelEventStore({ path, catalog: contractEvents });
const mark = (n: number) => `<${n}>`;

/** A closed store, all of it still in LevelDB's log file: an append each, and then one of ten events. */
async function filled() {
  const path = await temporaryFolder();
  await using store = await open(path);
  for (let n = 1; n <= count - 10; n++) await store.append(`task-${n % 3}`, note(n));
  await store.append(
    'task-0',
    Array.from({ length: 10 }, (_, i) => note(count - 9 + i)),
  );
  return path;
}

function note(n: number) {
  return { eventType: 'NOTE', data: { n, text: `${mark(n)}${'x'.repeat(150)}` } } as const;
}

function change(path: string, flip: (log: Buffer) => void): void {
  const [name = ''] = readdirSync(join(path, 'log')).filter((one) => one.endsWith('.log'));
  const file = join(path, 'log', name);
  const log = readFileSync(file);
  flip(log);
  writeFileSync(file, log);
}

function flip(log: Buffer, at: number, bit = 0): void {
  log[at] = (log[at] ?? 0) ^ (1 << bit);
}

/** Where the batch of event n begins: its key, its tag and length, LevelDB's header of the batch and of the record. */
function recordOf(log: Buffer, n: number): number {
  return log.indexOf(`e${n.toString(36).padStart(12, '0')}`) - 2 - 12 - 7;
}

async function repaired(path: string) {
  const into = await temporaryFolder();
  const report = await repairLevelEventStore({ path, into });
  await using store = await open(into);
  expect(await store.verify()).toMatchObject({ ok: true, events: report.head.sequence });
  const saved = report.lost > 0 ? readFileSync(join(into, 'lost-events.ndjson'), 'utf8') : '';
  const lost = saved
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line).sequence]));
  expect(lost).toHaveLength(report.lost);
  return { head: report.head.sequence, lost, acknowledged: report.acknowledged };
}

const from = (first: number) => Array.from({ length: count - first + 1 }, (_, i) => first + i);

describe("repair of LevelDB's log", () => {
  it('loses nothing when LevelDB would drop records whose own checksum is damaged', async () => {
    const path = await filled();
    change(path, (log) => {
      flip(log, recordOf(log, 1));
      flip(log, recordOf(log, 150));
      flip(log, recordOf(log, count - 9));
    });
    await expect(open(path)).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(await repaired(path)).toEqual({ head: count, lost: [], acknowledged: count });
  });

  it('keeps all before a damaged event, also those of its own batch, and saves all behind it', async () => {
    for (const damaged of [100, count - 3]) {
      const path = await filled();
      change(path, (log) => flip(log, log.indexOf(mark(damaged)) + 20));
      expect(await repaired(path)).toEqual({
        head: damaged - 1,
        lost: from(damaged + 1),
        acknowledged: count,
      });
    }
  });

  it('finds the events of a block whose records have lost their framing', async () => {
    const path = await filled();
    change(path, (log) => flip(log, recordOf(log, 20) + 5, 7)); // a length that leads out of the block
    const { head, lost } = await repaired(path);
    expect(head).toBeGreaterThan(20);
    expect(head + lost.length).toBeGreaterThanOrEqual(count - 1); // one may lie across the block's end
  });

  it('saves every other event, whichever bit of the log is flipped', async () => {
    const path = await filled();
    const random = createRandom(20_261_129);
    for (let round = 0; round < 40; round++) {
      let at = 0;
      let bit = 0;
      change(path, (log) => {
        at = random.below(log.length);
        bit = random.below(8);
        flip(log, at, bit);
      });
      const { head, lost } = await repaired(path);
      expect(head + lost.length, `bit ${bit} of byte ${at}`).toBeGreaterThanOrEqual(count - 2);
      change(path, (log) => flip(log, at, bit));
    }
  }, 60_000);
});
