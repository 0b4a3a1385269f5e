import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codingEvents, createMemoryEventStore, StoreUnavailableError } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createEventStore } from '../../src/store/create-event-store.ts';
import type { EventLog } from '../../src/store/event-log.ts';
import { createMemoryLog } from '../../src/store/memory-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

const started = { eventType: 'TASK_STARTED', data: { language: 'python' } } as const;

/** A log whose disk can fill up: the store's own part in it is what is tested here. */
function failingLog() {
  const log = createMemoryLog();
  const state = { full: false, recovers: true, recoveries: 0, writes: 0 };
  const failing: EventLog = {
    ...log,
    async flush() {
      state.writes += 1;
      if (state.full) throw Object.assign(new Error('No space left on device'), { code: 'ENOSPC' });
      await log.flush();
    },
    async recover() {
      state.recoveries += 1;
      if (!state.recovers) throw new Error('still full');
      await log.recover();
    },
  };
  return { log: failing, state };
}

describe('after a failed write', () => {
  it('the write and all that wait are refused with the cause, reads go on, and nothing is written until it was reopened', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { log, state } = failingLog();
    await using store = createEventStore(codingEvents, log);
    await store.append('a', started);

    state.full = true;
    state.recovers = false;
    const outcomes = await Promise.allSettled([
      store.append('a', started),
      store.append('b', started),
    ]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'STORE_UNAVAILABLE', transient: true, cause: { code: 'ENOSPC' } },
      });
    }
    expect(store.health()).toMatchObject({
      status: 'degraded',
      error: { code: 'STORE_UNAVAILABLE' },
    });
    expect(await store.getEvents('a')).toHaveLength(1);

    const { writes } = state;
    state.full = false; // space again, but the store has not been reopened
    await expect(store.append('a', started)).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(
      store.writeCheckpoint({ name: 'p', sequence: 1, state: null }),
    ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(state.writes).toBe(writes);

    await vi.advanceTimersByTimeAsync(1_000);
    expect(state.recoveries).toBe(1);
    expect(store.health().status).toBe('degraded');
    state.recovers = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.health().status).toBe('ok');
    expect((await store.append('a', started)).firstSequence).toBe(2);
    expect((await store.getEvents('a')).map(({ version }) => version)).toEqual([1, 2]);
  });

  it('what was staged behind a failed flush is never written', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const log = createMemoryLog();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let flushes = 0;
    await using store = createEventStore(codingEvents, {
      ...log,
      async flush() {
        flushes += 1;
        if (flushes > 1) return log.flush();
        await held;
        throw new Error('the disk is full');
      },
    });
    // More than are staged in one turn, so that the second part is staged while the first is flushed.
    const appends = Array.from({ length: 200 }, () => store.append('a', started));
    const outcomes = Promise.allSettled(appends);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    release();
    for (const { status } of await outcomes) expect(status).toBe('rejected');
    expect(flushes).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await store.append('a', started)).firstSequence).toBe(1);
    expect(await store.getEvents('a')).toHaveLength(1);
  });

  it('an event that the failed write left behind is found by a retry with its id', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const log = createMemoryLog();
    let fails = true;
    await using store = createEventStore(codingEvents, {
      ...log,
      async flush() {
        await log.flush();
        if (fails) throw new Error('written, but not known to be durable');
      },
    });
    const event = { ...started, eventId: '0190a000-0000-7000-8000-000000000001' };
    await expect(store.append('a', event)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    fails = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await store.append('a', event)).toMatchObject({ deduplicated: true, firstSequence: 1 });
  });

  it('close() does not wait for a recovery that will not come', async () => {
    const { log, state } = failingLog();
    const store = createEventStore(codingEvents, log);
    state.full = true;
    await expect(store.append('a', started)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
    expect(store.health().status).toBe('closed');
  });
});

describe('a path that cannot be used', () => {
  it('a file instead of a folder is a clear error', async () => {
    const path = join(await temporaryFolder(), 'file');
    writeFileSync(path, '');
    await expect(openLevelEventStore({ path, catalog: codingEvents })).rejects.toMatchObject({
      code: 'STORE_PATH',
      path,
    });
    const below = openLevelEventStore({ path: join(path, 'below'), catalog: codingEvents });
    await expect(below).rejects.toMatchObject({ code: 'STORE_PATH' });
  });

  it.skipIf(process.getuid?.() === 0)('a folder without permission is a clear error', async () => {
    const path = await temporaryFolder();
    chmodSync(path, 0o500);
    onTestFinished(() => chmodSync(path, 0o700));
    await expect(openLevelEventStore({ path, catalog: codingEvents })).rejects.toMatchObject({
      code: 'STORE_PATH',
    });
  });

  it.skipIf(process.platform !== 'linux')(
    'a folder where nobody may write is a clear error',
    async () => {
      const opening = openLevelEventStore({ path: '/sys/org-events', catalog: codingEvents });
      await expect(opening).rejects.toMatchObject({
        code: 'STORE_PATH',
        message: expect.stringMatching(/EPERM|EACCES|EROFS/),
      });
    },
  );

  // Node's own way of making folders tries for ever there.
  it.skipIf(process.platform !== 'linux')(
    'a folder where none can be made is a clear error, and takes no time',
    async () => {
      for (const path of ['/proc/foo', '/proc/foo/events', '/proc/1/foo/bar']) {
        const opening = openLevelEventStore({ path, catalog: codingEvents });
        await expect(opening).rejects.toMatchObject({ code: 'STORE_PATH', path });
      }
      const path = await temporaryFolder();
      const store = await openLevelEventStore({ path, catalog: codingEvents });
      await expect(store.backup('/proc/foo/copy')).rejects.toMatchObject({ code: 'STORE_PATH' });
      await store.close();
    },
  );

  it('folders above it that are not there yet are made, for two stores at once too', async () => {
    const path = join(await temporaryFolder(), 'a', 'b');
    await Promise.all(
      ['one', 'two'].map(async (name) => {
        const folder = join(path, name);
        const store = await openLevelEventStore({ path: folder, catalog: codingEvents });
        await store.close();
      }),
    );
  });
});

it('health of a store in memory is ok until it is closed', async () => {
  const store = createMemoryEventStore(codingEvents);
  expect(store.health().status).toBe('ok');
  await store.close();
  expect(store.health().status).toBe('closed');
});
