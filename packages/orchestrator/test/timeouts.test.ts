import { afterEach, describe, expect, it, vi } from 'vitest';
import { TaskOrchestrator } from '../src/index.ts';
import { FakeClock, heldWork, nextTurn } from '../src/testing/index.ts';

describe('timeoutMs', () => {
  it('gate 2.5: a task of 2 s with a timeout of 1 s is aborted at 1 s', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock });
    let abortedAt: number | undefined;
    let finishedAt: number | undefined;
    const handle = orchestrator.submit({
      timeoutMs: 1_000,
      run: ({ signal }) =>
        new Promise<void>((resolve, reject) => {
          const timer = clock.setTimer(() => {
            finishedAt = clock.now();
            resolve();
          }, 2_000);
          signal.addEventListener('abort', () => {
            abortedAt = clock.now();
            timer.cancel();
            reject(signal.reason);
          });
        }),
    });
    await clock.advance(999);
    expect(handle.state).toBe('running');
    await clock.advance(1);
    expect(handle.state).toBe('timed-out');
    await clock.advance(5_000);
    expect(abortedAt).toBe(1_000);
    expect(finishedAt).toBeUndefined();
    await expect(handle.result).rejects.toMatchObject({
      code: 'TASK_TIMED_OUT',
      phase: 'running',
      timeoutMs: 1_000,
    });
    expect(orchestrator.stats()).toMatchObject({ timedOut: 1, running: 0 });
  });

  it('counts from the start, not from the submit', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, clock });
    const work = heldWork<string>();
    orchestrator.submit({ run: work.run });
    const handle = orchestrator.submit({ timeoutMs: 1_000, run: work.run });
    await clock.advance(5_000);
    expect(handle.state).toBe('queued');
    work.release('first');
    await clock.advance(999);
    work.release('second');
    expect(await handle.result).toBe('second');
  });

  it('is each task’s own, whatever ran in its slot before', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2, clock });
    const work = heldWork();
    const states = [];
    const endless = orchestrator.submit({ run: heldWork().run }); // Never idle meanwhile.
    for (const timeoutMs of [1_000, 50, 5_000, 1_000, 1_000, 60]) {
      const handle = orchestrator.submit({ timeoutMs, run: work.run });
      await clock.advance(timeoutMs - 1);
      states.push(handle.state);
      if (timeoutMs === 1_000) work.release();
      await clock.advance(1);
      states.push(handle.state);
    }
    expect(states).toEqual(
      ['completed', 'timed-out', 'timed-out', 'completed', 'completed', 'timed-out'].flatMap(
        (state) => ['running', state],
      ),
    );
    endless.cancel();
    await nextTurn();
    expect(clock.pendingTimers).toBe(0);
  });

  it('settles the handle at once, whether its function stops or not', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock });
    const work = heldWork<string>({ stubborn: true });
    const handle = orchestrator.submit({ timeoutMs: 10, run: work.run });
    await clock.advance(10);
    expect(await handle.outcome).toMatchObject({ state: 'timed-out' });
    expect(work.active).toBe(1);
    expect(work.contexts[0]?.signal.aborted).toBe(true);
    work.release('too late');
    await nextTurn();
    expect(handle.state).toBe('timed-out');
  });

  it('gives a signal first asked for after the abort as aborted', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock });
    const work = heldWork({ stubborn: true });
    const handle = orchestrator.submit({ timeoutMs: 10, run: work.run });
    await clock.advance(20);
    expect(handle.state).toBe('timed-out');
    expect(work.contexts[0]?.signal.reason).toMatchObject({ code: 'TASK_TIMED_OUT' });
  });

  it.each([{ timeoutMs: 0 }, { queueTimeoutMs: 0 }])(
    '%o settles at once, without running',
    async (limit) => {
      const orchestrator = new TaskOrchestrator();
      let ran = false;
      const handle = orchestrator.submit({
        ...limit,
        run: () => {
          ran = true;
        },
      });
      expect(handle.state).toBe('timed-out');
      await handle.accepted;
      await nextTurn();
      await expect(handle.result).rejects.toMatchObject({ code: 'TASK_TIMED_OUT', timeoutMs: 0 });
      expect(ran).toBe(false);
      expect(orchestrator.stats()).toMatchObject({ queued: 0, timedOut: 1 });
    },
  );

  it('is none with Infinity, whatever the default', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ defaultTimeoutMs: 100, clock });
    const work = heldWork();
    const limited = orchestrator.submit({ run: work.run });
    const endless = orchestrator.submit({ timeoutMs: Number.POSITIVE_INFINITY, run: work.run });
    await clock.advance(10 ** 12);
    expect(limited.state).toBe('timed-out');
    expect(endless.state).toBe('running');
    work.release();
    await endless.result;
  });

  it.each([-1, Number.NaN, '100', null])('refuses %s', (timeoutMs) => {
    const orchestrator = new TaskOrchestrator();
    expect(() => orchestrator.submit({ timeoutMs: timeoutMs as number, run: () => {} })).toThrow(
      'timeoutMs',
    );
  });
});

describe('queueTimeoutMs', () => {
  it('counts from the submit and ends with the first start', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, clock });
    const work = heldWork();
    const started = orchestrator.submit({ queueTimeoutMs: 1_000, run: work.run });
    const queued = orchestrator.submit({ queueTimeoutMs: 1_000, run: work.run });
    await clock.advance(999);
    expect(queued.state).toBe('queued');
    await clock.advance(1);
    await expect(queued.result).rejects.toMatchObject({ phase: 'queued', timeoutMs: 1_000 });
    await clock.advance(10_000);
    expect(started.state).toBe('running');
    expect(orchestrator.stats()).toMatchObject({ queued: 0, running: 1, timedOut: 1 });
  });

  it('covers the wait for room and for dependencies', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, maxQueueSize: 1, clock });
    const work = heldWork();
    orchestrator.submit({ id: 'running', run: work.run });
    await nextTurn();
    orchestrator.submit({ run: work.run });
    const waiting = orchestrator.submit({ queueTimeoutMs: 100, run: work.run });
    const blocked = orchestrator.submit({
      dependsOn: ['running'],
      queueTimeoutMs: 100,
      run: work.run,
    });
    await clock.advance(100);
    expect([waiting.state, blocked.state]).toEqual(['timed-out', 'timed-out']);
    await expect(waiting.accepted).rejects.toMatchObject({ code: 'TASK_TIMED_OUT' });
    expect(orchestrator.stats()).toMatchObject({ waiting: 0, blocked: 0 });
  });

  it('goes on counting after a waiting submit was admitted', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, maxQueueSize: 1, clock });
    const work = heldWork();
    orchestrator.submit({ run: work.run });
    await nextTurn();
    orchestrator.submit({ run: work.run });
    const handle = orchestrator.submit({ queueTimeoutMs: 100, submitTimeoutMs: 60, run: work.run });
    await clock.advance(50);
    work.release();
    await clock.advance(49);
    expect(handle.state).toBe('queued');
    await clock.advance(1);
    expect(handle.state).toBe('timed-out');
  });
});

describe('delays beyond 2^31 − 1 ms', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('do not fire at once on the real clock', async () => {
    const warnings: string[] = [];
    const listener = (warning: Error) => void warnings.push(warning.name);
    process.on('warning', listener);
    const orchestrator = new TaskOrchestrator();
    const work = heldWork<string>();
    const handle = orchestrator.submit({ timeoutMs: 2 ** 31, run: work.run });
    await nextTurn();
    // A delay that had overflowed would be 1 ms, and so over before this one, which was set later.
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    expect(handle.state).toBe('running');
    work.release('still here');
    expect(await handle.result).toBe('still here');
    process.off('warning', listener);
    expect(warnings).toEqual([]);
  });

  it('fire at their time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const orchestrator = new TaskOrchestrator();
    const work = heldWork();
    const timeoutMs = 3 * 2 ** 31 + 17;
    const handle = orchestrator.submit({ timeoutMs, run: work.run });
    await nextTurn();
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    expect(handle.state).toBe('running');
    await vi.advanceTimersByTimeAsync(1);
    expect(handle.state).toBe('timed-out');
  });
});

describe('timers', () => {
  it('are one for all deadlines, and none when nothing has one', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 50, clock });
    const work = heldWork();
    for (let number = 0; number < 100; number += 1) {
      orchestrator.submit({ timeoutMs: 1_000 + number, queueTimeoutMs: 5_000, run: work.run });
    }
    await nextTurn();
    expect(clock.pendingTimers).toBe(1);
    while (work.active > 0) {
      work.release();
      await nextTurn();
    }
    expect(clock.pendingTimers).toBe(0);
  });
});
