import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSandboxRunner } from '../../src/sandbox/index.ts';
import type { RunRequest, TestRunner } from '../../src/test-runner.ts';
import { countTurns } from '../loop-turns.ts';
import { commandsWith, jobFolders, ownTemporaryFolder } from './attack.ts';

// The machine may be busy with other tests: these limits only end what hangs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const patient = { timeout: 10_000, interval: 20 };

/** Runs until it is killed, with a process beside it that has left its group. */
const endless = (token: string): RunRequest => ({
  language: 'javascript',
  files: [
    {
      path: 'endless.js',
      content: `import { spawn } from 'node:child_process';
        export const run = () => {
          try { spawn('sh', ['-c', 'sleep 1000; : ${token}'], { detached: true, stdio: 'ignore' }).unref(); } catch {}
          for (;;);
        };`,
    },
  ],
  tests: [
    { path: 'endless.spec.js', content: `import { run } from './endless';\ntest('ends', run);` },
  ],
  expected: ['ends'],
});

/** The command lines of everything below this process that belongs to sandboxes. */
const running = (folder: string) => commandsWith(folder);

describe.each(['bubblewrap', 'node-permission', 'none'] as const)(
  'the life of a run in %s',
  (sandbox) => {
    let folder: Awaited<ReturnType<typeof ownTemporaryFolder>>;
    let runner: TestRunner;

    beforeAll(async () => {
      folder = await ownTemporaryFolder();
      runner = await createSandboxRunner({ sandbox });
    });

    afterAll(async () => {
      await runner.close();
      expect(await readdir(folder.path)).toEqual([]);
      await folder[Symbol.asyncDispose]();
    });

    it('ends at once when it is cancelled, with the reason of the signal', async () => {
      const token = crypto.randomUUID();
      const abort = new AbortController();
      const reason = new Error('the user cancelled');
      const outcome = expect(runner.run(endless(token), { signal: abort.signal })).rejects.toBe(
        reason,
      );
      // The grandchild, or where none can be started the run itself.
      await vi.waitUntil(
        async () =>
          (await commandsWith(sandbox === 'node-permission' ? 'javascript.mjs' : token)).length > 0,
        patient,
      );
      abort.abort(reason);
      await outcome;
      expect(await commandsWith(token)).toEqual([]);
      expect(await jobFolders()).toEqual([]);
    });

    it('survives the death of its supervisor: the run fails, nothing is left, the next one works', async () => {
      const token = crypto.randomUUID();
      const outcome = expect(runner.run(endless(token))).rejects.toMatchObject({
        code: 'SANDBOX_FAILED',
      });
      const supervisor = await vi.waitUntil(
        () => processWith(`${folder.path}/`, 'supervisor.mjs'),
        patient,
      );
      await vi.waitUntil(async () => (await jobFolders()).length > 0, patient);
      process.kill(supervisor, 'SIGKILL');
      await outcome;
      await vi.waitUntil(async () => (await commandsWith(token)).length === 0, patient);
      await vi.waitUntil(async () => (await jobFolders()).length === 0, patient);
      const collected = await runner.collect(endless(token));
      expect(collected).toEqual({ ok: true, names: ['ends'] });
    });

    it('does not outlive the server, however that dies', async () => {
      await using own = await ownTemporaryFolder();
      const token = crypto.randomUUID();
      const server = spawn(
        process.execPath,
        [
          '--conditions=@org/source',
          fileURLToPath(new URL('./doomed-server.ts', import.meta.url)),
          sandbox,
          token,
        ],
        { env: { ...process.env, TMPDIR: own.path }, stdio: 'ignore' },
      );
      await vi.waitUntil(async () => (await jobFolders()).length > 0, patient);
      await vi.waitUntil(async () => (await running(own.path)).length > 1, patient);
      server.kill('SIGKILL');
      await vi.waitUntil(async () => (await commandsWith(token)).length === 0, patient);
      await vi.waitUntil(async () => (await running(own.path)).length === 0, patient);
      await vi.waitUntil(async () => (await readdir(own.path)).length === 0, patient);
    });

    it('ends with the runner', async () => {
      const token = crypto.randomUUID();
      const short = await createSandboxRunner({ sandbox });
      const outcome = expect(short.run(endless(token))).rejects.toMatchObject({
        code: 'RUNNER_CLOSED',
      });
      await vi.waitUntil(async () => (await jobFolders()).length > 0, patient);
      await Promise.all([short.close(), short.close()]);
      await outcome;
      expect(await commandsWith(token)).toEqual([]);
      expect(await jobFolders()).toEqual([]);
      await short.close();
    });
  },
);

describe('the event loop', () => {
  it('goes on while tests run, run for ever or flood their output', async () => {
    await using runner = await createSandboxRunner();
    const flood = {
      ...endless('none'),
      files: [
        {
          path: 'endless.js',
          content: `export const run = () => { for (;;) console.log('x'.repeat(10_000)); };`,
        },
      ],
    };
    using loop = countTurns();
    const turnsDuring = async (request: RunRequest) => {
      const before = loop.turns;
      await runner.run({ ...request, limits: { timeoutMs: 1_000 } });
      return loop.turns - before;
    };
    const turns = await Promise.all(
      [1, 2, 3, 4].flatMap(() => [turnsDuring(flood), turnsDuring(endless('none'))]),
    );
    // A run that this thread waited for would be one turn, or a few.
    expect(Math.min(...turns)).toBeGreaterThan(100);
  });
});

async function processWith(...words: readonly string[]): Promise<number | null> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const command = await readFile(`/proc/${pid}/cmdline`, 'latin1');
      if (words.every((word) => command.includes(word))) return Number(pid);
    } catch {
      // It ended while we looked.
    }
  }
  return null;
}
