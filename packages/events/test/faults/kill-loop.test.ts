import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openLevelEventStore } from '@org/events/level';
import { contractEvents } from '@org/events/testing';
import { expect, it, onTestFinished } from 'vitest';
import { openLevelLog } from '../../src/level/level-log.ts';
import { createRandom, seedOf } from './random.ts';

const kills = 200;

/** Starts a writer, kills it after some acknowledgements, and gives all that it has acknowledged. */
async function runAndKill(path: string, acknowledgements: number): Promise<string[]> {
  const program = join(import.meta.dirname, 'appending-process.ts');
  const child = spawn(process.execPath, ['--conditions=@org/source', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    // What it has written into the pipe before it dies still counts: the loop goes on to the end.
    if (lines.length > acknowledgements) child.kill('SIGKILL');
  }
  await exit;
  expect(child.signalCode).toBe('SIGKILL');
  return lines.slice(1);
}

it(`after ${kills} × SIGKILL every acknowledged event is there, none torn, no gap`, async () => {
  const seed = seedOf(1);
  const random = createRandom(seed);
  const path = await mkdtemp(join(tmpdir(), 'org-events-kill-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  let checked = 0;
  let acknowledged = 0;
  let unacknowledged = 0;
  const heads = new Map<string, number>();

  for (let round = 1; round <= kills; round++) {
    const ledger = await runAndKill(path, random.below(round % 10 === 0 ? 400 : 60));
    await using store = await openLevelEventStore({ path, catalog: contractEvents });
    const { sequence: head } = await store.head();
    const stored = new Map<number, string>();
    for await (const event of store.read({ afterSequence: checked })) {
      expect(event.sequence).toBe(checked + stored.size + 1);
      expect(event.version).toBe((heads.get(event.taskId) ?? 0) + 1);
      heads.set(event.taskId, event.version);
      stored.set(event.sequence, event.eventId);
    }
    expect(checked + stored.size).toBe(head);
    let ofLedger = 0;
    for (const line of ledger) {
      const [first = '', ids = ''] = line.split(' ');
      for (const [i, eventId] of ids.split(',').entries()) {
        expect(stored.get(Number(first) + i), `seed ${seed}, round ${round}`).toBe(eventId);
        ofLedger += 1;
      }
    }
    acknowledged += ofLedger;
    unacknowledged += stored.size - ofLedger;
    const { firstSequence } = await store.append('between', { eventType: 'NOTE', data: { round } });
    expect(firstSequence).toBe(head + 1);
    heads.set('between', round);
    checked = head + 1;
  }

  const log = await openLevelLog(path);
  const report = await log.verify();
  const sealed = log.sealedUpTo();
  await log.close();
  expect(report).toMatchObject({ ok: true, events: checked });
  expect(sealed, 'most events were sealed, window by window, between the kills').toBeGreaterThan(
    checked / 2,
  );
  process.stdout.write(
    `kill loop, seed ${seed}: ${kills} kills, ${acknowledged} acknowledged events all there, ${sealed} in sealed windows, ${unacknowledged} more were durable but not yet acknowledged, 0 lost\n`,
  );
});
