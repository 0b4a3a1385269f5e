import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { TaskOrchestrator, type ThreadTask } from '../src/index.ts';
import { FakeClock } from '../src/testing/index.ts';

const module = new URL('./fixtures/thread-work.ts', import.meta.url);
const thread = (exportName: string, more: Partial<ThreadTask> = {}): ThreadTask => ({
  isolation: 'thread',
  module,
  exportName,
  ...more,
});

const open: TaskOrchestrator[] = [];
const make = (options?: ConstructorParameters<typeof TaskOrchestrator>[0]): TaskOrchestrator => {
  const orchestrator = new TaskOrchestrator(options);
  open.push(orchestrator);
  return orchestrator;
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((orchestrator) => orchestrator.close()));
});

/** Resolves when a task of this orchestrator reports progress. */
const progressOf = (orchestrator: TaskOrchestrator): Promise<unknown> =>
  new Promise((resolve) => {
    orchestrator.on('task.progress', ({ value }) => resolve(value));
  });

describe('isolation: "thread"', () => {
  it('runs a function of a module with a payload, and gives its value back', async () => {
    const orchestrator = make();
    const payload = { when: new Date(0), list: new Map([[1, 2]]) };
    const handle = orchestrator.submit({ id: 'a', isolation: 'thread', module, payload });
    expect(await handle.result).toEqual({ payload, taskId: 'a', attempt: 1 });
    expect(orchestrator.stats()).toMatchObject({ running: 0, completed: 1 });
  });

  it('runs kinds that are registered as modules', async () => {
    const orchestrator = make();
    orchestrator.register('describe', { isolation: 'thread', module: module.href });
    const handle = orchestrator.submit({ id: 'a', kind: 'describe', payload: [1, 2] });
    expect(await handle.result).toMatchObject({ payload: [1, 2] });
    expect(() => orchestrator.register('bad', { isolation: 'thread', module: 'nowhere' })).toThrow(
      'module',
    );
  });

  it.each(['loopForever', 'matchForever'])(
    'really stops a function that never yields: %s',
    async (name) => {
      const clock = new FakeClock();
      const orchestrator = make({ maxConcurrent: 1, clock });
      const running = progressOf(orchestrator);
      const stuck = orchestrator.submit(thread(name, { timeoutMs: 1_000 }));
      await running;
      await clock.advance(1_000);
      expect(stuck.state).toBe('timed-out');
      expect(
        await orchestrator.submit({ run: () => 'the slot is free again' }).result,
      ).toBeDefined();
      expect(orchestrator.stats()).toMatchObject({ running: 0, abandoned: 0, timedOut: 1 });
    },
  );

  it('stops on cancel and on shutdown', async () => {
    const orchestrator = make();
    const running = progressOf(orchestrator);
    const cancelled = orchestrator.submit(thread('loopForever'));
    await running;
    expect(cancelled.cancel()).toBe(true);
    await orchestrator.onIdle();
    const again = progressOf(orchestrator);
    orchestrator.submit(thread('loopForever'));
    await again;
    expect(await orchestrator.shutdown({ mode: 'cancel' })).toMatchObject({
      cancelled: 1,
      notStopped: [],
    });
  });

  it('cannot stop a blocking native call: its slot is given back after abandonAfterMs, and it is counted', async () => {
    const clock = new FakeClock();
    const orchestrator = make({ maxConcurrent: 1, abandonAfterMs: 50, clock });
    const folder = await mkdtemp(join(tmpdir(), 'orchestrator-'));
    const started = join(folder, 'started');
    const stuck = orchestrator.submit(thread('blockNatively', { payload: { started } }));
    await expect.poll(() => existsSync(started), { timeout: 4_000 }).toBe(true);
    await rm(folder, { recursive: true });
    stuck.cancel();
    await clock.advance(50);
    expect(orchestrator.stats()).toMatchObject({ running: 0, abandoned: 1, abandonedRunning: 1 });
    await expect.poll(() => orchestrator.stats().abandonedRunning, { timeout: 4_000 }).toBe(0);
  });

  it('brings an error back with its name, message, stack, cause and code', async () => {
    const orchestrator = make();
    const { outcome } = orchestrator.submit(thread('fail'));
    const error = await orchestrator
      .submit(thread('fail'))
      .result.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'failed in the thread', cause: 'deep', code: 'E_DEEP' });
    expect((error as Error).stack).toContain('thread-work');
    expect(await outcome).toMatchObject({ state: 'failed' });
  });

  it('knows an unrecoverable error from a thread', async () => {
    const orchestrator = make();
    const handle = orchestrator.submit(
      thread('failForGood', { retry: { attempts: 5, delayMs: 1 } }),
    );
    await expect(handle.result).rejects.toThrow('no use');
    expect(handle.attempt).toBe(1);
  });

  it.each([
    ['failUncloneably', 'holds a function'],
    ['returnFunction', 'could not be cloned'],
    ['exit', 'ended with code 3'],
    ['throwLater', 'thrown outside'],
    ['doesNotExist', 'exports no function "doesNotExist"'],
  ])('fails clearly, and frees its slot: %s', async (name, message) => {
    const orchestrator = make();
    await expect(orchestrator.submit(thread(name)).result).rejects.toThrow(message);
    expect(orchestrator.stats()).toMatchObject({ running: 0, failed: 1 });
  });

  it('ignores what a module posts on its own account', async () => {
    const orchestrator = make();
    expect(await orchestrator.submit(thread('chat')).result).toBe('this');
  });

  it('fails clearly when the payload cannot be cloned, or the module is not there', async () => {
    const orchestrator = make();
    await expect(
      orchestrator.submit(thread('default', { payload: () => {} })).result,
    ).rejects.toThrow('payload cannot be cloned');
    const missing = new URL('./fixtures/nowhere.ts', import.meta.url);
    await expect(
      orchestrator.submit({ isolation: 'thread', module: missing }).result,
    ).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
  });

  it.each(['module', 'commonjs'])(
    'works in a process started with --input-type=%s',
    async (type) => {
      const code = `
      import('@org/orchestrator').then(async ({ TaskOrchestrator }) => {
        const task = { isolation: 'thread', module: 'data:text/javascript,export default (n) => n * 2', payload: 21 };
        console.log(await new TaskOrchestrator().submit(task).result);
      });`;
      const cwd = new URL('..', import.meta.url);
      const flags = ['--conditions=@org/source', `--input-type=${type}`, '--eval', code];
      const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd });
      expect(stdout).toBe('42\n');
    },
  );

  it('keeps a thread within its memory limit', async () => {
    const orchestrator = make();
    const handle = orchestrator.submit(
      thread('useMemory', { resourceLimits: { maxOldGenerationSizeMb: 16 } }),
    );
    await expect(handle.result).rejects.toMatchObject({ code: 'THREAD_FAILED' });
  });
});
