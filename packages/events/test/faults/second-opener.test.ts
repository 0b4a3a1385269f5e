import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLevelEventStore } from '@org/events/level';
import { contractEvents } from '@org/events/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const open = (path: string) => openLevelEventStore({ path, catalog: contractEvents });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'org-events-opener-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function startOwner(path: string): ChildProcess {
  const program = join(import.meta.dirname, '..', 'level', 'owner-process.ts');
  const child = fork(program, [path], { execArgv: ['--conditions=@org/source'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function answerOf(child: ChildProcess): Promise<string> {
  const [answer] = await once(child, 'message');
  return String(answer);
}

/** What makes LevelDB's own lock vanish without a word, while the store is open. */
const lockLosers: Record<string, (path: string) => Promise<void> | void> = {
  'a second open in the same process that fails': async (path) => {
    await expect(open(path)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  },
  'someone who reads the LOCK file': (path) => void readFileSync(join(path, 'log', 'LOCK')),
  'a copy of the folder': (path) => cpSync(path, folder(), { recursive: true }),
};

describe('a second opener', () => {
  for (const [name, loseLock] of Object.entries(lockLosers)) {
    it(`is refused after ${name}, and no acknowledged write vanishes`, async () => {
      const path = folder();
      const store = await open(path);
      const ids: string[] = [];
      const append = async () => {
        const { events } = await store.append('a', { eventType: 'NOTE', data: {} });
        ids.push(...events.map((event) => event.eventId));
      };
      for (let i = 0; i < 100; i++) await append();
      await loseLock(path);
      expect(await answerOf(startOwner(path))).toBe('STORE_LOCKED');
      for (let i = 0; i < 100; i++) await append();
      await store.close();

      await using again = await open(path);
      const stored = (await again.getEvents('a')).map((event) => event.eventId);
      expect(stored).toEqual(ids);
      expect(await again.verify()).toMatchObject({ ok: true, events: 200 });
    });
  }

  it("of two processes that race for a dead owner's folder exactly one wins, 25 times", async () => {
    const path = folder();
    let dead = startOwner(path);
    expect(await answerOf(dead)).toBe('open');
    for (let round = 1; round <= 25; round++) {
      const exit = once(dead, 'exit');
      dead.kill('SIGKILL');
      await exit;
      const racers = [startOwner(path), startOwner(path)] as const;
      const answers = await Promise.all(racers.map(answerOf));
      expect(new Set(answers), `round ${round}`).toEqual(new Set(['STORE_LOCKED', 'open']));
      const [winner, loser] = answers[0] === 'open' ? racers : racers.toReversed();
      loser?.kill('SIGKILL');
      dead = winner ?? dead;
    }
    process.stdout.write('owner race: 25 rounds of 2 processes, exactly one owner each time\n');
  });
});
