import { describe, expect, it } from 'vitest';
import { isOrchestratorError, TaskOrchestrator } from '../src/index.ts';
import { FakeClock, heldWork, nextTurn } from '../src/testing/index.ts';

/** An orchestrator whose slots are all taken by held work. */
async function busy(options: ConstructorParameters<typeof TaskOrchestrator>[0] = {}) {
  const orchestrator = new TaskOrchestrator(options);
  const work = heldWork();
  for (let slot = 0; slot < (options.maxConcurrent ?? 5); slot += 1) {
    orchestrator.submit({ run: work.run });
  }
  await nextTurn();
  return { orchestrator, work };
}

describe('concurrency', () => {
  it('gate 2.2: 10 long tasks: exactly 5 at once', async () => {
    const orchestrator = new TaskOrchestrator();
    let running = 0;
    let most = 0;
    const work = heldWork();
    const handles = Array.from({ length: 10 }, () =>
      orchestrator.submit({
        run: async (context) => {
          running += 1;
          most = Math.max(most, running);
          await work.run(context);
          running -= 1;
        },
      }),
    );
    await nextTurn();
    expect(running).toBe(5);
    expect(orchestrator.stats()).toMatchObject({ running: 5, queued: 5 });
    for (let done = 1; done <= 10; done += 1) {
      work.release();
      await nextTurn();
      expect(running).toBe(Math.min(5, 10 - done));
    }
    await Promise.all(handles.map(({ result }) => result));
    expect(most).toBe(5);
  });

  it('counts a timed-out task as running until its function has settled', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2, clock });
    let running = 0;
    let most = 0;
    const work = heldWork({ stubborn: true });
    const handles = Array.from({ length: 10 }, () =>
      orchestrator.submit({
        timeoutMs: 50,
        run: async (context) => {
          running += 1;
          most = Math.max(most, running);
          await work.run(context);
          running -= 1;
        },
      }),
    );
    for (let done = 0; done < 10; done += 1) {
      await clock.advance(400);
      expect(running).toBeLessThanOrEqual(2);
      work.release();
      await nextTurn();
    }
    expect(most).toBe(2);
    expect(handles.map(({ state }) => state)).toEqual(Array(10).fill('timed-out'));
  });

  it('gives the slot of a function that will not stop back after abandonAfterMs, and counts it', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, abandonAfterMs: 500, clock });
    const abandoned: string[] = [];
    orchestrator.on('task.abandoned', ({ taskId }) => abandoned.push(taskId));
    const work = heldWork({ stubborn: true });
    const stuck = orchestrator.submit({ id: 'stuck', timeoutMs: 100, run: work.run });
    const next = orchestrator.submit({ run: () => 'next' });
    await clock.advance(599);
    expect(stuck.state).toBe('timed-out');
    expect(next.state).toBe('queued');
    expect(orchestrator.stats()).toMatchObject({ running: 1, abandoned: 0 });
    await clock.advance(1);
    expect(await next.result).toBe('next');
    expect(abandoned).toEqual(['stuck']);
    expect(orchestrator.stats()).toMatchObject({ running: 0, abandoned: 1, abandonedRunning: 1 });
    work.release();
    await nextTurn();
    expect(orchestrator.stats()).toMatchObject({ abandoned: 1, abandonedRunning: 0 });
  });

  it('with abandonAfterMs: Infinity never gives it back', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({
      maxConcurrent: 1,
      abandonAfterMs: Number.POSITIVE_INFINITY,
      clock,
    });
    const work = heldWork({ stubborn: true });
    orchestrator.submit({ timeoutMs: 100, run: work.run });
    const next = orchestrator.submit({ run: () => 'next' });
    await clock.advance(10 ** 12);
    expect(next.state).toBe('queued');
    work.release();
    expect(await next.result).toBe('next');
  });

  it('can be changed while running', async () => {
    const { orchestrator, work } = await busy({ maxConcurrent: 2 });
    for (let number = 0; number < 4; number += 1) orchestrator.submit({ run: work.run });
    orchestrator.setConcurrency(4);
    await nextTurn();
    expect(work.active).toBe(4);
    orchestrator.setConcurrency(1);
    work.release();
    work.release();
    await nextTurn();
    expect(work.active).toBe(2);
    work.release();
    await nextTurn();
    expect(work.active).toBe(1);
    expect(() => orchestrator.setConcurrency(0)).toThrow('maxConcurrent');
  });
});

describe('the bounded queue', () => {
  it('gate 2.3: 105 tasks with all slots busy: 100 queued, 5 waiting; one completion admits one', async () => {
    const { orchestrator, work } = await busy();
    const handles = Array.from({ length: 105 }, () => orchestrator.submit({ run: work.run }));
    expect(orchestrator.stats()).toMatchObject({ queued: 100, waiting: 5, running: 5 });
    await nextTurn();
    expect(orchestrator.stats()).toMatchObject({ queued: 100, waiting: 5, running: 5 });
    expect(handles.map(({ state }) => state)).toEqual([
      ...Array(100).fill('queued'),
      ...Array(5).fill('waiting'),
    ]);
    work.release();
    await handles[100]?.accepted;
    await nextTurn();
    expect(orchestrator.stats()).toMatchObject({
      queued: 100,
      waiting: 4,
      running: 5,
      completed: 1,
    });
    expect(handles[100]?.state).toBe('queued');
    expect(handles[101]?.state).toBe('waiting');
  });

  it('takes 105 without waiting when 5 slots are free', async () => {
    const orchestrator = new TaskOrchestrator();
    const work = heldWork();
    const handles = Array.from({ length: 106 }, () => orchestrator.submit({ run: work.run }));
    await nextTurn();
    expect(orchestrator.stats()).toMatchObject({ queued: 100, waiting: 1, running: 5 });
    await handles[104]?.accepted;
    expect(handles[105]?.state).toBe('waiting');
  });

  it('makes the 101st submit wait until there is room, without an error or a timer', async () => {
    const clock = new FakeClock();
    const { orchestrator, work } = await busy({ clock });
    for (let number = 0; number < 100; number += 1) orchestrator.submit({ run: work.run });
    const handle = orchestrator.submit({ run: () => 'ran' });
    let accepted = false;
    void handle.accepted.then(() => {
      accepted = true;
    });
    await clock.advance(1_000_000);
    expect(accepted).toBe(false);
    expect(clock.pendingTimers).toBe(0);
    work.release();
    await nextTurn();
    expect(accepted).toBe(true);
  });

  it('admits waiting submitters by priority, then arrival', async () => {
    const { orchestrator, work } = await busy({ maxConcurrent: 1, maxQueueSize: 1 });
    orchestrator.submit({ priority: 'CRITICAL', run: work.run });
    const admitted: string[] = [];
    for (const [name, priority] of [
      ['low 1', 'LOW'],
      ['high 1', 'HIGH'],
      ['low 2', 'LOW'],
      ['high 2', 'HIGH'],
    ] as const) {
      const handle = orchestrator.submit({ priority, run: work.run });
      void handle.accepted.then(() => admitted.push(name));
    }
    for (let round = 0; round < 5; round += 1) {
      work.release();
      await nextTurn();
    }
    expect(admitted).toEqual(['high 1', 'high 2', 'low 1', 'low 2']);
  });

  it('lets a waiting submit be aborted: its place in line is gone, and it never runs', async () => {
    const { orchestrator, work } = await busy({ maxConcurrent: 1, maxQueueSize: 1 });
    const queued = orchestrator.submit({ run: () => 'queued' });
    const controller = new AbortController();
    let ran = false;
    const handle = orchestrator.submit({
      signal: controller.signal,
      run: () => {
        ran = true;
      },
    });
    const behind = orchestrator.submit({ run: () => 'behind' });
    expect(orchestrator.stats().waiting).toBe(2);
    controller.abort(new Error('changed my mind'));
    await expect(handle.accepted).rejects.toMatchObject({ code: 'TASK_CANCELLED' });
    await expect(handle.result).rejects.toThrow('changed my mind');
    expect(handle.state).toBe('cancelled');
    expect(orchestrator.stats().waiting).toBe(1);
    work.release();
    expect(await Promise.all([queued.result, behind.result])).toEqual(['queued', 'behind']);
    expect(ran).toBe(false);
  });

  it('limits the wait by submitTimeoutMs', async () => {
    const clock = new FakeClock();
    const { orchestrator } = await busy({ maxConcurrent: 1, maxQueueSize: 1, clock });
    orchestrator.submit({ run: () => {} });
    const handle = orchestrator.submit({ submitTimeoutMs: 1_000, run: () => {} });
    await clock.advance(999);
    expect(handle.state).toBe('waiting');
    await clock.advance(1);
    await expect(handle.accepted).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      limit: 'maxQueueSize',
      size: 1,
      waitedMs: 1_000,
    });
    expect(handle.state).toBe('cancelled');
    expect(orchestrator.stats().waiting).toBe(0);
  });

  it('ends the limit of the wait once the task is accepted', async () => {
    const clock = new FakeClock();
    const { orchestrator, work } = await busy({ maxConcurrent: 1, maxQueueSize: 1, clock });
    orchestrator.submit({ run: work.run });
    const handle = orchestrator.submit({ submitTimeoutMs: 1_000, run: () => 'ran' });
    work.release();
    await clock.advance(5_000);
    expect(handle.state).toBe('queued');
    work.release();
    expect(await handle.result).toBe('ran');
  });

  it('refuses at once with submitTimeoutMs: 0', async () => {
    const { orchestrator } = await busy({ maxConcurrent: 1, maxQueueSize: 1 });
    orchestrator.submit({ run: () => {} });
    expect(() => orchestrator.submit({ submitTimeoutMs: 0, run: () => {} })).toThrow(
      'No room: maxQueueSize is 1',
    );
  });

  it('answers trySubmit at once, with a reason', async () => {
    const { orchestrator } = await busy({ maxConcurrent: 1, maxQueueSize: 1 });
    const first = orchestrator.trySubmit({ id: 'a', run: () => {} });
    expect(first).toMatchObject({ accepted: true });
    expect(orchestrator.trySubmit({ id: 'a', run: () => {} })).toEqual({
      accepted: false,
      reason: 'duplicate',
    });
    expect(orchestrator.trySubmit({ run: () => {} })).toEqual({ accepted: false, reason: 'full' });
    expect(() => orchestrator.trySubmit({ priority: -1, run: () => {} })).toThrow('-1');
    const closing = orchestrator.close();
    expect(orchestrator.trySubmit({ run: () => {} })).toEqual({
      accepted: false,
      reason: 'shutdown',
    });
    await closing;
  });

  it('limits the line itself with maxWaiting', async () => {
    const { orchestrator } = await busy({ maxConcurrent: 1, maxQueueSize: 1, maxWaiting: 1 });
    orchestrator.submit({ run: () => {} });
    orchestrator.submit({ run: () => {} });
    expect(() => orchestrator.submit({ run: () => {} })).toThrow('maxWaiting is 1');
  });

  it('runs all of 1 000 tasks submitted at once', async () => {
    const orchestrator = new TaskOrchestrator();
    let most = 0;
    orchestrator.on('task.queued', () => {
      most = Math.max(most, orchestrator.stats().queued);
    });
    const handles = Array.from({ length: 1_000 }, (_, number) =>
      orchestrator.submit({ priority: number % 101, run: async () => number }),
    );
    const results = await Promise.all(handles.map(({ result }) => result));
    expect(results).toEqual(results.map((_, number) => number));
    expect(most).toBe(100);
    expect(orchestrator.stats()).toMatchObject({
      queued: 0,
      waiting: 0,
      running: 0,
      completed: 1_000,
    });
  });

  it('does not let urgent tasks that start past a full queue, and fail, pile up as retries', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2, maxQueueSize: 2 });
    let most = 0;
    orchestrator.on('task.retrying', () => {
      const { queued, retrying } = orchestrator.stats();
      most = Math.max(most, queued + retrying);
    });
    const retry = { attempts: 2, delayMs: 60_000 };
    for (let number = 0; number < 100; number += 1) {
      orchestrator.submit({
        priority: number < 2 ? 'LOW' : 'CRITICAL',
        retry,
        run: () => Promise.reject(new Error('down')),
      });
    }
    await nextTurn();
    await nextTurn();
    expect(most).toBeGreaterThan(2);
    expect(most).toBeLessThanOrEqual(2 + 2);
    expect(orchestrator.stats().waiting).toBeGreaterThan(90);
    await orchestrator.close();
  });

  it('has room for 100, 5 slots and 3 workers where nothing else is said', () => {
    const { maxQueueSize, maxConcurrent, workers } = new TaskOrchestrator().stats();
    expect({ maxQueueSize, maxConcurrent, workers: workers.length }).toEqual({
      maxQueueSize: 100,
      maxConcurrent: 5,
      workers: 3,
    });
  });

  it('has no bound with maxQueueSize: Infinity', async () => {
    const orchestrator = new TaskOrchestrator({ maxQueueSize: Number.POSITIVE_INFINITY });
    for (let number = 0; number < 5_000; number += 1) orchestrator.submit({ run: () => {} });
    expect(orchestrator.stats()).toMatchObject({ queued: 5_000, waiting: 0, utilisation: 0 });
    await orchestrator.onIdle();
  });

  it('lets the event loop have its turn between many short tasks', async () => {
    const orchestrator = new TaskOrchestrator({ maxQueueSize: Number.POSITIVE_INFINITY });
    for (let number = 0; number < 20_000; number += 1) orchestrator.submit({ run: async () => {} });
    await nextTurn();
    await nextTurn();
    const { completed } = orchestrator.stats();
    expect(completed).toBeGreaterThan(0);
    expect(completed).toBeLessThan(5_000);
    await orchestrator.onIdle();
  });

  it.each([
    [{ maxQueueSize: 0 }, 'maxQueueSize'],
    [{ maxConcurrent: -1 }, 'maxConcurrent'],
    [{ maxConcurrent: 1.5 }, 'maxConcurrent'],
    [{ workers: Number.POSITIVE_INFINITY }, 'workers'],
    [{ abandonAfterMs: Number.NaN }, 'abandonAfterMs'],
    [{ keyLimits: { gpu: 0 } }, 'keyLimits.gpu'],
    [{ missingDependency: 'ignore' as 'wait' }, 'missingDependency'],
    [{ backpressure: { warnAt: 2 } }, 'warnAt'],
    [{ ageing: null as unknown as false }, 'ageing'],
    [null as unknown as object, 'options'],
  ])('refuses the option %o, naming it', (options, name) => {
    let thrown: unknown;
    try {
      new TaskOrchestrator(options);
    } catch (error) {
      thrown = error;
    }
    expect(isOrchestratorError(thrown, 'INVALID_OPTION')).toBe(true);
    expect(thrown).toMatchObject({ option: name });
  });
});
