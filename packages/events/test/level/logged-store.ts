import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLevelEventStore, repairLevelEventStore } from '@org/events/level';
import { contractEvents } from '@org/events/testing';
import { expect } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/** How many events `filled` appends. */
export const count = 300;
export const open = (path: string) => openLevelEventStore({ path, catalog: contractEvents });
/** Stands once in the text of event n. */
export const mark = (n: number) => `<${n}>`;

/** A closed store, all of it still in LevelDB's log file: an append each, and then one of ten events. */
export async function filled() {
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

/** Changes the bytes of LevelDB's log file. */
export function change(path: string, flip: (log: Buffer) => void): void {
  const [name = ''] = readdirSync(join(path, 'log')).filter((one) => one.endsWith('.log'));
  const file = join(path, 'log', name);
  const log = readFileSync(file);
  flip(log);
  writeFileSync(file, log);
}

export function flip(log: Buffer, at: number, bit = 0): void {
  log[at] = (log[at] ?? 0) ^ (1 << bit);
}

/** Where the batch of event n begins: its key, its tag and length, LevelDB's header of the batch and of the record. */
export function recordOf(log: Buffer, n: number): number {
  return log.indexOf(`e${n.toString(36).padStart(12, '0')}`) - 2 - 12 - 7;
}

/** Repairs the store, and checks that what came of it is whole. */
export async function repaired(path: string) {
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
