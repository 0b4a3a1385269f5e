import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codingEvents } from '@org/events';
import { openLevelEventStore, readOwner } from '@org/events/level';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const started = { eventType: 'TASK_STARTED', data: { language: 'python' } } as const;

const open = (path: string) => openLevelEventStore({ path, catalog: codingEvents });

function ownerFiles(path: string): string[] {
  return readdirSync(path).filter((name) => name.startsWith('owner.'));
}

/** Another process that has the store open. */
async function openElsewhere(path: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'owner-process.ts'), [path], {
    execArgv: ['--conditions=@org/source'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [message] = await once(child, 'message');
  expect(message).toBe('open');
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describe('owner file', { timeout: 30_000 }, () => {
  it('refuses a second opener in the same process, which loses no lock by trying', async () => {
    const path = await temporaryFolder();
    await using store = await open(path);
    await store.append('a', started);
    await expect(open(path)).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      path,
      owner: { pid: process.pid },
      message: expect.stringMatching(/this process.*close it first/),
    });
    await store.append('a', started);
    expect((await store.getEvents('a')).length).toBe(2);
  });

  it('refuses an opener in another process, naming the owner, its address and what to do', async () => {
    const path = await temporaryFolder();
    const child = await openElsewhere(path);
    await expect(open(path)).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      owner: { pid: child.pid, address: 'http://127.0.0.1:9876' },
      message: expect.stringContaining('http://127.0.0.1:9876'),
    });
    expect(readOwner(path)).toMatchObject({ pid: child.pid, address: 'http://127.0.0.1:9876' });
  });

  it('takes the folder over from a killed owner, and all that it had acknowledged is there', async () => {
    const path = await temporaryFolder();
    await killed(await openElsewhere(path));
    expect(readOwner(path)).toBeNull();
    await using store = await open(path);
    expect((await store.head()).sequence).toBe(1);
    expect(ownerFiles(path)).toHaveLength(1);
  });

  it('is free again after close, and tells its address while it is open', async () => {
    const path = await temporaryFolder();
    const store = await open(path);
    store.setAddress('unix:/tmp/x');
    expect(readOwner(path)).toMatchObject({ pid: process.pid, address: 'unix:/tmp/x' });
    await store.close();
    expect(readOwner(path)).toBeNull();
    await (await open(path)).close();
  });

  it('a copy of the folder of an open store has no owner and opens by itself', async () => {
    const path = await temporaryFolder();
    const copy = await temporaryFolder();
    await using store = await open(path);
    await store.append('a', started);
    await store.backup(join(copy, 'backup'));
    for (const name of ownerFiles(path)) cpSync(join(path, name), join(copy, 'backup', name));
    await using other = await open(join(copy, 'backup'));
    expect(await other.head()).toEqual(await store.head());
  });

  it('an owner with the same pid that started at another time is dead: pids are used again', async () => {
    const path = await temporaryFolder();
    const child = await openElsewhere(path);
    await killed(child);
    const [name = ''] = ownerFiles(path);
    const owner = JSON.parse(readFileSync(join(path, name), 'utf8'));
    writeFileSync(join(path, name), JSON.stringify({ ...owner, pid: process.pid }));
    await (await open(path)).close();
  });

  it('an owner on another machine counts as alive', async () => {
    const path = await temporaryFolder();
    await killed(await openElsewhere(path));
    const [name = ''] = ownerFiles(path);
    const owner = JSON.parse(readFileSync(join(path, name), 'utf8'));
    const elsewhere = { ...owner, host: 'elsewhere', bootId: 'another boot' };
    writeFileSync(join(path, name), JSON.stringify(elsewhere));
    await expect(open(path)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });

  it('an ended process that nobody has collected is dead', async () => {
    const path = await temporaryFolder();
    // The shell starts the owner and never waits for it.
    const shell = spawn(
      'sh',
      [
        '-c',
        '"$@" & exec sleep 60',
        'sh',
        process.execPath,
        '--conditions=@org/source',
        join(import.meta.dirname, 'owner-process.ts'),
        path,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void shell.kill('SIGKILL'));
    const [line] = await once(shell.stdout, 'data');
    const pid = Number(String(line).trim());
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => readOwner(path)).toBeNull();
    await (await open(path)).close();
  });

  it('of four processes that race to open exactly one wins, also behind a dead owner', async () => {
    const path = await temporaryFolder();
    await killed(await openElsewhere(path));
    const racers = Array.from({ length: 4 }, () =>
      fork(join(import.meta.dirname, 'owner-process.ts'), [path], {
        execArgv: ['--conditions=@org/source'],
      }),
    );
    onTestFinished(() => {
      for (const racer of racers) racer.kill('SIGKILL');
    });
    const outcomes = await Promise.all(
      racers.map(async (racer) => (await once(racer, 'message'))[0]),
    );
    expect(outcomes.filter((outcome) => outcome === 'open')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'STORE_LOCKED')).toHaveLength(3);
  });
});
