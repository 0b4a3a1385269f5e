import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOrchestratorError, TaskOrchestrator, UnrecoverableTaskError } from '../src/index.ts';
import { FakeClock, heldWork, nextTurn } from '../src/testing/index.ts';

const unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', onUnhandled);
});

afterEach(async () => {
  await nextTurn();
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
});

describe('a task that throws', () => {
  it('rejects its own handle and costs no worker, thrown at once or later', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const atOnce = orchestrator.submit({
      run: () => {
        throw new Error('at once');
      },
    });
    const later = orchestrator.submit({ run: async () => Promise.reject(new Error('later')) });
    const fine = orchestrator.submit({ run: () => 'fine' });
    await expect(atOnce.result).rejects.toThrow('at once');
    await expect(later.result).rejects.toThrow('later');
    expect(await fine.result).toBe('fine');
    const { workers, failed, completed } = orchestrator.stats();
    expect(workers.map(({ restarts, state }) => [restarts, state])).toEqual(
      Array(3).fill([0, 'ready']),
    );
    expect({ failed, completed }).toEqual({ failed: 2, completed: 1 });
  });

  it('is no unhandled rejection when nobody looks, or looks late', async () => {
    const orchestrator = new TaskOrchestrator();
    const fail = () => Promise.reject(new Error('nobody looks'));
    const asked = orchestrator.submit({ run: fail });
    void asked.result;
    void asked.accepted;
    const unasked = orchestrator.submit({ run: fail });
    await orchestrator.onIdle();
    await nextTurn();
    await expect(unasked.result).rejects.toThrow('nobody looks');
  });

  it.each([undefined, null, 0, 'text', { code: 1 }])('may throw %o', async (thrown) => {
    const orchestrator = new TaskOrchestrator();
    const handle = orchestrator.submit({ run: () => Promise.reject(thrown) });
    expect(await handle.outcome).toEqual({ state: 'failed', error: thrown });
  });

  it('may return a promise whose own `then` answers twice: another task in its slot is not ended', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const hostile = Promise.resolve('value');
    void Object.assign(hostile, {
      // biome-ignore lint/suspicious/noThenProperty: this is what it is about
      then: (onValue: (value: unknown) => void) => {
        onValue('first');
        setImmediate(onValue, 'second');
      },
    });
    const work = heldWork();
    const first = orchestrator.submit({ run: () => hostile });
    const second = orchestrator.submit({ run: work.run });
    expect(await first.result).toBe('value');
    await nextTurn();
    await nextTurn();
    expect(second.state).toBe('running');
    expect(orchestrator.stats()).toMatchObject({ completed: 1, running: 1 });
    await orchestrator.close();
  });

  it('may return a hostile thenable: one that throws, or answers twice', async () => {
    const orchestrator = new TaskOrchestrator();
    const throwing = {
      // biome-ignore lint/suspicious/noThenProperty: the point of the test
      then: () => {
        throw new Error('hostile');
      },
    };
    const twice = {
      // biome-ignore lint/suspicious/noThenProperty: the point of the test
      then: (resolve: (value: string) => void) => {
        resolve('first');
        resolve('second');
      },
    };
    await expect(orchestrator.submit({ run: () => throwing }).result).rejects.toThrow('hostile');
    expect(await orchestrator.submit<unknown>({ run: () => twice }).result).toBe('first');
    expect(orchestrator.stats()).toMatchObject({ running: 0, failed: 1, completed: 1 });
  });
});

describe('retry', () => {
  it('repeats with exponential delays up to a limit', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock });
    const startedAt: number[] = [];
    const delays: number[] = [];
    orchestrator.on('task.retrying', ({ delayMs }) => delays.push(delayMs));
    const handle = orchestrator.submit({
      retry: { attempts: 6, delayMs: 100, factor: 3, maxDelayMs: 2_000, jitter: 'none' },
      run: ({ attempt }) => {
        startedAt.push(clock.now());
        if (attempt < 6) throw new Error(`attempt ${attempt}`);
        return attempt;
      },
    });
    await clock.advance(10_000);
    expect(await handle.result).toBe(6);
    expect(delays).toEqual([100, 300, 900, 2_000, 2_000]);
    expect(startedAt).toEqual([0, 100, 400, 1_300, 3_300, 5_300]);
    expect(orchestrator.stats()).toMatchObject({ retried: 5, completed: 1, failed: 0 });
  });

  it('draws each delay evenly from 0 to its value, by default', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 0.999, noNaN: true }), async (share) => {
        const clock = new FakeClock();
        const orchestrator = new TaskOrchestrator({ clock, random: () => share });
        let delay = -1;
        orchestrator.on('task.retrying', ({ delayMs }) => {
          delay = delayMs;
        });
        const handle = orchestrator.submit({
          retry: { attempts: 2, delayMs: 1_000 },
          run: () => Promise.reject(new Error('again')),
        });
        await clock.advance(1_001);
        expect(handle.state).toBe('failed');
        expect(delay).toBeCloseTo(1_000 * share);
      }),
      { numRuns: 20 },
    );
  });

  it('holds no slot, but its room, while it waits', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, maxQueueSize: 1, clock });
    const handle = orchestrator.submit({
      retry: { attempts: 2, delayMs: 1_000, jitter: 'none' },
      run: ({ attempt }) => {
        if (attempt === 1) throw new Error('again');
        return 'second';
      },
    });
    await nextTurn();
    expect(handle.state).toBe('retrying');
    expect(orchestrator.stats()).toMatchObject({
      retrying: 1,
      running: 0,
      queued: 0,
      utilisation: 1,
    });
    expect(orchestrator.trySubmit({ run: () => {} })).toMatchObject({ accepted: false });
    await clock.advance(1_000);
    expect(await handle.result).toBe('second');
  });

  it('can be cancelled while it waits, which gives its room to the next in line', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, maxQueueSize: 1, clock });
    const retrying = orchestrator.submit({
      retry: { attempts: 2, delayMs: 1_000 },
      run: () => Promise.reject(new Error('again')),
    });
    await nextTurn();
    orchestrator.pause();
    const waiting = orchestrator.submit({ run: () => 'ran' });
    expect(waiting.state).toBe('waiting');
    expect(retrying.cancel()).toBe(true);
    expect(waiting.state).toBe('queued');
    orchestrator.resume();
    expect(await waiting.result).toBe('ran');
    expect(orchestrator.stats()).toMatchObject({ retrying: 0, cancelled: 1 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops at UnrecoverableTaskError, and where retryIf says so', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock, retry: { attempts: 5, delayMs: 1 } });
    const hopeless = orchestrator.submit({
      run: () => {
        throw new UnrecoverableTaskError('no such model');
      },
    });
    const picky = orchestrator.submit({
      retry: {
        attempts: 5,
        delayMs: 1,
        retryIf: (error) => error instanceof Error && error.message === 'busy',
      },
      run: ({ attempt }) => Promise.reject(new Error(attempt === 1 ? 'busy' : 'bad input')),
    });
    await clock.advance(100);
    await expect(hopeless.result).rejects.toThrow('no such model');
    expect(hopeless.attempt).toBe(1);
    await expect(picky.result).rejects.toThrow('bad input');
    expect(picky.attempt).toBe(2);
  });

  it('fails with what retryIf throws', async () => {
    const orchestrator = new TaskOrchestrator();
    const handle = orchestrator.submit({
      retry: {
        attempts: 2,
        retryIf: () => {
          throw new Error('retryIf is broken');
        },
      },
      run: () => Promise.reject(new Error('first')),
    });
    await expect(handle.result).rejects.toThrow('retryIf is broken');
  });

  it('does not follow a timeout or a cancel', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock, retry: { attempts: 3, delayMs: 1 } });
    const work = heldWork();
    const slow = orchestrator.submit({ timeoutMs: 10, run: work.run });
    const cancelled = orchestrator.submit({ run: work.run });
    await nextTurn();
    cancelled.cancel();
    await clock.advance(100);
    expect([slow.state, cancelled.state]).toEqual(['timed-out', 'cancelled']);
    expect(work.contexts).toHaveLength(2);
  });

  it.each([
    [{ attempts: 0 }, 'retry.attempts'],
    [{ attempts: 1.5 }, 'retry.attempts'],
    [{ delayMs: -1 }, 'retry.delayMs'],
    [{ maxDelayMs: Number.NaN }, 'retry.maxDelayMs'],
    [{ factor: 0.5 }, 'retry.factor'],
    [{ jitter: 'some' as 'none' }, 'retry.jitter'],
  ])('refuses %o', (retry, field) => {
    expect(() => new TaskOrchestrator().submit({ retry, run: () => {} })).toThrow(
      expect.objectContaining({ code: 'INVALID_TASK', field }),
    );
  });
});

describe('dead letters', () => {
  it('keep exhausted tasks, and can be driven again', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock });
    let broken = true;
    const task = {
      id: 'report',
      retry: { attempts: 3, delayMs: 10 },
      run: async () => {
        if (broken) throw new Error('down');
        return 'sent';
      },
    };
    const handle = orchestrator.submit(task);
    await clock.advance(1_000);
    expect(handle.state).toBe('failed');
    expect(orchestrator.deadLetters()).toEqual([
      { taskId: 'report', task, error: expect.objectContaining({ message: 'down' }), attempts: 3 },
    ]);
    expect(orchestrator.stats().deadLetters).toBe(1);
    broken = false;
    const again = orchestrator.redrive('report');
    expect(orchestrator.deadLetters()).toEqual([]);
    expect(await again.result).toBe('sent');
    expect(again.id).toBe('report');
  });

  it('are bounded, the oldest leaving first, and can be discarded', async () => {
    const orchestrator = new TaskOrchestrator({ maxDeadLetters: 2 });
    for (const id of ['a', 'b', 'c']) {
      orchestrator.submit({ id, run: () => Promise.reject(new Error(id)) });
    }
    await orchestrator.onIdle();
    expect(orchestrator.deadLetters().map(({ taskId }) => taskId)).toEqual(['b', 'c']);
    expect(orchestrator.discard('b')).toBe(true);
    expect(orchestrator.discard('b')).toBe(false);
    expect(() => orchestrator.redrive('b')).toThrow('the id of a dead letter');
  });

  it('hold nothing that timed out, was cancelled, or with maxDeadLetters: 0', async () => {
    const none = new TaskOrchestrator({ maxDeadLetters: 0 });
    none.submit({ run: () => Promise.reject(new Error('x')) });
    await none.onIdle();
    expect(none.deadLetters()).toEqual([]);
    const orchestrator = new TaskOrchestrator();
    orchestrator.submit({ timeoutMs: 0, run: () => {} });
    orchestrator.submit({ run: () => {} }).cancel();
    await orchestrator.onIdle();
    expect(orchestrator.deadLetters()).toEqual([]);
  });

  it('keep the task when it cannot be submitted again', async () => {
    const orchestrator = new TaskOrchestrator();
    orchestrator.submit({ id: 'a', run: () => Promise.reject(new Error('x')) });
    await orchestrator.close();
    const failing = new TaskOrchestrator();
    failing.submit({ id: 'a', run: () => Promise.reject(new Error('x')) });
    await failing.onIdle();
    await failing.close();
    expect(() => failing.redrive('a')).toThrow(expect.objectContaining({ code: 'SHUTDOWN' }));
    expect(failing.deadLetters()).toHaveLength(1);
    let thrown: unknown;
    try {
      orchestrator.redrive('a');
    } catch (error) {
      thrown = error;
    }
    expect(isOrchestratorError(thrown)).toBe(true);
  });
});
