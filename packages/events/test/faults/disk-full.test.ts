import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLevelEventStore, readOwner } from '@org/events/level';
import { contractEvents } from '@org/events/testing';
import { expect, it, onTestFinished } from 'vitest';
import { createRandom, seedOf } from './random.ts';

const rounds = 20;

/** A file system of 16 MB that really fills up; null where this user may not mount one. */
function smallDisk(): string | null {
  const path = mkdtempSync(join(tmpdir(), 'org-events-disk-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', [path]));
  return path;
}

it(`on a disk that fills up ${rounds} times nothing acknowledged is lost`, async ({ skip }) => {
  const disk = smallDisk();
  if (disk === null) {
    process.stdout.write(
      `disk full: 0 of ${rounds} rounds run: mounting a small disk needs root\n`,
    );
    return skip();
  }
  const seed = seedOf(1);
  const random = createRandom(seed);
  const path = join(disk, 'store');
  const filler = join(disk, 'filler');
  const acknowledged = new Map<number, string>();
  let refused = 0;

  const open = () => openLevelEventStore({ path, catalog: contractEvents, recoveryIntervalMs: 10 });
  let store = await open();
  const append = async (n: number) => {
    const data = { n, text: 'x'.repeat(random.below(3_000)) };
    const { events } = await store.append(`task-${n % 3}`, { eventType: 'NOTE', data });
    for (const { sequence, eventId } of events) acknowledged.set(sequence, eventId);
  };

  for (let round = 0; round < rounds; round++) {
    const { bavail, bsize } = statfsSync(disk);
    const room = 8_192 * (1 + random.below(16));
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - room)));
    let failure: unknown;
    for (let n = 0; failure === undefined; n++) {
      expect(n, 'appends that fit into the room left').toBeLessThan(5_000);
      await append(n).catch((error: unknown) => {
        failure = error;
      });
    }
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(store.health().status).toBe('degraded');
    const refusals = await Promise.allSettled([append(1), append(2)]);
    refused += refusals.filter(({ status }) => status === 'rejected').length + 1;
    // Reads go on, and see all that was acknowledged.
    const last = [...acknowledged.keys()].at(-1) ?? 0;
    expect(await store.getEvent(acknowledged.get(last) ?? '')).toMatchObject({ sequence: last });

    rmSync(filler);
    await expect.poll(() => store.health().status, { timeout: 10_000 }).toBe('ok');
    for (let n = 0; n < 40; n++) await append(n);
    if (round % 3 === 0) {
      await store.close();
      store = await open();
    }
    for (const [sequence, eventId] of acknowledged) {
      expect(await store.getEvent(eventId), `seed ${seed}, round ${round}`).toMatchObject({
        sequence,
      });
    }
    expect(await store.verify()).toMatchObject({ ok: true });
  }
  await store.close();
  process.stdout.write(
    `disk full, seed ${seed}: ${rounds} rounds, ${acknowledged.size} acknowledged events all there, ${refused} appends refused with STORE_UNAVAILABLE, 0 lost\n`,
  );
});

it('a store that is closed on a full disk is free again, and opens when there is room', async ({
  skip,
}) => {
  const disk = smallDisk();
  if (disk === null) return skip();
  const path = join(disk, 'store');
  const store = await openLevelEventStore({ path, catalog: contractEvents });
  await store.append('task', { eventType: 'NOTE', data: { n: 1 } });
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize));
  await store.close();
  expect(readOwner(path)).toBeNull();
  expect(readdirSync(path).toSorted()).toEqual(['log', 'owner.1.json', 'witness']);
  const again = () => openLevelEventStore({ path, catalog: contractEvents });
  await expect(again()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', transient: true });
  rmSync(join(disk, 'filler'));
  await (await again()).close();
});
