import { describe, expect, it } from 'vitest';
import { type OrchestratorEvents, TaskOrchestrator } from '../src/index.ts';
import { FakeClock, heldWork, nextTurn } from '../src/testing/index.ts';

describe('stats', () => {
  it('tell every figure, at once', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2, maxQueueSize: 4, clock });
    const work = heldWork();
    orchestrator.submit({ id: 'a', run: work.run });
    orchestrator.submit({ run: work.run });
    await clock.advance(100);
    for (const priority of ['LOW', 'HIGH', 15, 99] as const) {
      orchestrator.submit({ priority, run: work.run });
      await clock.advance(10);
    }
    orchestrator.submit({ run: work.run });
    orchestrator.submit({ dependsOn: ['a'], run: work.run });
    expect(orchestrator.stats()).toEqual({
      queued: 4,
      queuedByPriority: { CRITICAL: 0, HIGH: 2, MEDIUM: 0, LOW: 1, BACKGROUND: 1 },
      maxQueueSize: 4,
      running: 2,
      maxConcurrent: 2,
      waiting: 1,
      blocked: 1,
      retrying: 0,
      abandonedRunning: 0,
      oldestWaitMs: 40,
      utilisation: 1,
      paused: false,
      shuttingDown: false,
      workers: [
        { id: 0, state: 'ready', dispatched: 1, restarts: 0 },
        { id: 1, state: 'ready', dispatched: 1, restarts: 0 },
        { id: 2, state: 'ready', dispatched: 0, restarts: 0 },
      ],
      submitted: 8,
      completed: 0,
      failed: 0,
      timedOut: 0,
      cancelled: 0,
      preempted: 0,
      retried: 0,
      abandoned: 0,
      deadLetters: 0,
    });
    await orchestrator.close();
    expect(orchestrator.stats()).toMatchObject({
      queued: 0,
      running: 0,
      waiting: 0,
      blocked: 0,
      oldestWaitMs: 0,
      shuttingDown: true,
      cancelled: 8,
    });
  });

  it('know the oldest wait though older tasks left from the middle or wait for a key', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, clock });
    const work = heldWork();
    orchestrator.submit({ key: 'k', run: work.run });
    await clock.advance(10);
    const parked = orchestrator.submit({ key: 'k', run: work.run });
    await clock.advance(10);
    const middle = orchestrator.submit({ run: work.run });
    await clock.advance(10);
    orchestrator.submit({ run: work.run });
    expect(orchestrator.stats().oldestWaitMs).toBe(20);
    middle.cancel();
    parked.cancel();
    expect(orchestrator.stats().oldestWaitMs).toBe(0);
    await clock.advance(5);
    expect(orchestrator.stats().oldestWaitMs).toBe(5);
  });
});

describe('the oldest wait', () => {
  it('know the oldest wait while 1 000 tasks go past one that waits', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, maxQueueSize: 1_000, clock });
    const work = heldWork();
    orchestrator.submit({ priority: 'CRITICAL', run: work.run });
    await nextTurn();
    const old = orchestrator.submit({ priority: 'BACKGROUND', run: work.run });
    for (let number = 0; number < 90; number += 1) orchestrator.submit({ run: work.run });
    for (let passed = 1; passed <= 1_000; passed += 1) {
      await clock.advance(1);
      orchestrator.submit({ run: work.run });
      work.release();
      await nextTurn();
      const { oldestWaitMs, queued } = orchestrator.stats();
      expect({ oldestWaitMs, queued }).toEqual({ oldestWaitMs: passed, queued: 91 });
    }
    old.cancel();
    expect(orchestrator.stats()).toMatchObject({ oldestWaitMs: 89, queued: 90 });
    await orchestrator.close();
  });

  it('counts from when a task came into the queue, not from its submit', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2, clock });
    const work = heldWork();
    orchestrator.submit({ id: 'root', run: work.run });
    const retried = orchestrator.submit({
      retry: { attempts: 2, delayMs: 10, jitter: 'none' },
      run: () => Promise.reject(new Error('again')),
    });
    const released = orchestrator.submit({ dependsOn: ['root'], run: () => {} });
    await nextTurn();
    orchestrator.pause();
    await clock.advance(15);
    expect(retried.state).toBe('queued');
    expect(orchestrator.stats().oldestWaitMs).toBe(5);
    retried.cancel();
    work.release();
    await nextTurn();
    expect(released.state).toBe('queued');
    await clock.advance(7);
    expect(orchestrator.stats().oldestWaitMs).toBe(7);
  });
});

describe('events', () => {
  const names = [
    'task.submitted',
    'task.waiting',
    'task.blocked',
    'task.queued',
    'task.started',
    'task.progress',
    'task.retrying',
    'task.preempted',
    'task.completed',
    'task.failed',
    'task.timed-out',
    'task.cancelled',
    'task.dead-lettered',
    'task.abandoned',
    'worker.crashed',
    'worker.restarted',
    'backpressure',
    'paused',
    'resumed',
    'idle',
    'shutdown.started',
    'shutdown.finished',
  ] as const satisfies (keyof OrchestratorEvents)[];

  const record = (orchestrator: TaskOrchestrator): string[] => {
    const seen: string[] = [];
    for (const name of names) {
      orchestrator.on(name, (event: object) => {
        const { taskId } = event as { taskId?: string };
        seen.push(taskId === undefined ? name : `${taskId} ${name}`);
      });
    }
    return seen;
  };

  it('tell each transition, in order', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, maxQueueSize: 2, clock });
    const seen = record(orchestrator);
    orchestrator.submit({
      id: 'a',
      retry: { attempts: 2, delayMs: 10, jitter: 'none' },
      run: ({ attempt, progress }) => {
        progress(attempt);
        return Promise.reject(new Error('again'));
      },
    });
    orchestrator.submit({ id: 'b', dependsOn: ['a'], run: () => {} });
    await clock.advance(10);
    await nextTurn();
    expect(seen).toEqual([
      'a task.submitted',
      'a task.queued',
      'b task.submitted',
      'b task.blocked',
      'a task.started',
      'a task.progress',
      'a task.retrying',
      'a task.queued',
      'a task.started',
      'a task.progress',
      'a task.failed',
      'a task.dead-lettered',
      'b task.cancelled',
      'idle',
    ]);
  });

  it('tell waiting, timing out, abandoning, pausing and shutting down', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({
      maxConcurrent: 1,
      maxQueueSize: 1,
      abandonAfterMs: 5,
      clock,
    });
    const seen = record(orchestrator);
    orchestrator.pause();
    const work = heldWork({ stubborn: true });
    orchestrator.submit({ id: 'a', timeoutMs: 10, run: work.run });
    orchestrator.submit({ id: 'b', run: work.run });
    orchestrator.resume();
    await clock.advance(15);
    const closing = orchestrator.close();
    await clock.advance(5);
    await closing;
    expect(seen).toEqual([
      'paused',
      'a task.submitted',
      'a task.queued',
      'backpressure',
      'b task.submitted',
      'b task.waiting',
      'resumed',
      'b task.queued',
      'a task.started',
      'a task.timed-out',
      'a task.abandoned',
      'b task.started',
      'backpressure',
      'shutdown.started',
      'b task.cancelled',
      'b task.abandoned',
      'idle',
      'shutdown.finished',
    ]);
  });

  it('carry what they are about', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock });
    const seen: unknown[] = [];
    orchestrator.on('task.started', (event) => seen.push(event));
    orchestrator.on('task.progress', (event) => seen.push(event));
    orchestrator.on('task.completed', (event) => seen.push(event));
    orchestrator.register('count', (_payload, { progress }) => progress({ done: 1, of: 2 }));
    orchestrator.submit({ id: 'a', kind: 'count', priority: 'HIGH' });
    await orchestrator.onIdle();
    await nextTurn();
    const task = { taskId: 'a', priority: 10, kind: 'count' };
    expect(seen).toEqual([
      { ...task, attempt: 1, workerId: 0, waitedMs: 0 },
      { ...task, value: { done: 1, of: 2 } },
      { ...task, attempt: 1, ranMs: 0 },
    ]);
  });

  it('end with the function that on() gives, also for a listener added twice', async () => {
    const orchestrator = new TaskOrchestrator();
    let heard = 0;
    const listener = (): void => {
      heard += 1;
    };
    const stop = orchestrator.on('task.completed', listener);
    orchestrator.on('task.completed', listener);
    await orchestrator.submit({ run: () => {} }).result;
    await nextTurn();
    expect(heard).toBe(2);
    stop();
    stop();
    await orchestrator.submit({ run: () => {} }).result;
    await nextTurn();
    expect(heard).toBe(3);
  });

  it('are not disturbed by a listener that throws', async () => {
    const errors: unknown[] = [];
    const orchestrator = new TaskOrchestrator({ onListenerError: (error) => errors.push(error) });
    let heard = 0;
    orchestrator.on('task.started', () => {
      throw new Error('bad listener');
    });
    orchestrator.on('task.started', () => {
      heard += 1;
    });
    expect(await orchestrator.submit({ run: () => 'fine' }).result).toBe('fine');
    expect(heard).toBe(1);
    expect(errors).toMatchObject([{ message: 'bad listener' }]);
    expect(orchestrator.stats().workers.map(({ restarts }) => restarts)).toEqual([0, 0, 0]);
  });

  it('say progress no more once its attempt has ended', async () => {
    const orchestrator = new TaskOrchestrator();
    const heard: unknown[] = [];
    orchestrator.on('task.progress', ({ value }) => heard.push(value));
    const reports: ((value: unknown) => void)[] = [];
    await orchestrator.submit({
      retry: { attempts: 2, delayMs: 0 },
      run: ({ attempt, progress }) => {
        reports.push(progress);
        for (const report of reports) report(`from ${reports.indexOf(report) + 1} in ${attempt}`);
        if (attempt === 1) throw new Error('again');
      },
    }).result;
    expect(heard).toEqual(['from 1 in 1', 'from 2 in 2']);
  });

  it('say progress no more once the task has settled', async () => {
    const orchestrator = new TaskOrchestrator();
    const values: unknown[] = [];
    orchestrator.on('task.progress', ({ value }) => values.push(value));
    const work = heldWork({ stubborn: true });
    const handle = orchestrator.submit({ run: work.run });
    await nextTurn();
    work.contexts[0]?.progress('before');
    handle.cancel();
    work.contexts[0]?.progress('after');
    work.release();
    await orchestrator.onIdle();
    work.contexts[0]?.progress('long after');
    expect(values).toEqual(['before']);
  });
});
