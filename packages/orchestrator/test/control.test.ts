import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { TaskOrchestrator } from '../src/index.ts';
import { FakeClock, heldWork, nextTurn } from '../src/testing/index.ts';

describe('cancel', () => {
  it('is idempotent, wherever the task is', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, maxQueueSize: 1 });
    const work = heldWork();
    const running = orchestrator.submit({ id: 'running', run: work.run });
    await nextTurn();
    const queued = orchestrator.submit({ id: 'queued', run: work.run });
    const waiting = orchestrator.submit({ id: 'waiting', run: work.run });
    for (const handle of [waiting, queued, running]) {
      expect(orchestrator.cancel(handle.id, 'enough')).toBe(true);
      expect(orchestrator.cancel(handle.id, 'enough')).toBe(false);
      expect(handle.cancel()).toBe(false);
      expect(handle.state).toBe('cancelled');
      await expect(handle.result).rejects.toMatchObject({
        code: 'TASK_CANCELLED',
        reason: 'enough',
      });
    }
    expect(orchestrator.cancel('unknown')).toBe(false);
    await orchestrator.onIdle();
    expect(work.contexts).toHaveLength(1);
    expect(work.contexts[0]?.signal.reason).toMatchObject({ code: 'TASK_CANCELLED' });
    expect(orchestrator.stats()).toMatchObject({ cancelled: 3, running: 0, queued: 0, waiting: 0 });
  });

  it('keeps the slot of a running task until its function has stopped', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const work = heldWork({ stubborn: true });
    const handle = orchestrator.submit({ run: work.run });
    await nextTurn();
    const next = orchestrator.submit({ run: () => 'next' });
    handle.cancel();
    await nextTurn();
    expect(next.state).toBe('queued');
    work.release();
    expect(await next.result).toBe('next');
    expect(handle.state).toBe('cancelled');
  });

  it('does nothing to a finished task', async () => {
    const orchestrator = new TaskOrchestrator();
    const handle = orchestrator.submit({ run: () => 'done' });
    await handle.result;
    expect(handle.cancel()).toBe(false);
    expect(await handle.result).toBe('done');
  });

  it.each(['task.queued', 'onDispatch', 'onDispatch, which then throws'])(
    'between queue and start starts nothing and keeps no key: %s',
    async (where) => {
      const clock = new FakeClock();
      let armed = false;
      const cancelVictim = (): void => {
        if (armed) armed = !orchestrator.cancel('victim');
      };
      const orchestrator = new TaskOrchestrator({
        clock,
        maxConcurrent: 1,
        maxQueueSize: 1,
        onDispatch: ({ taskId }) => {
          if (taskId !== 'victim' || where === 'task.queued') return;
          cancelVictim();
          if (where.endsWith('throws')) throw new Error('worker down');
        },
      });
      if (where === 'task.queued') orchestrator.on('task.queued', cancelVictim);
      let ran = false;
      const work = heldWork<string>();
      const first = orchestrator.submit({ key: 'k', run: work.run });
      await nextTurn();
      orchestrator.submit({
        id: 'victim',
        key: 'k',
        run: () => {
          ran = true;
        },
      });
      const last = orchestrator.submit({ key: 'k', run: () => 'last' });
      armed = true;
      work.release('first');
      await first.result;
      await clock.advance(1);
      expect(await last.result).toBe('last');
      expect(orchestrator.get('victim')?.state).toBe('cancelled');
      expect(ran).toBe(false);
      expect(orchestrator.stats()).toMatchObject({ running: 0, queued: 0, waiting: 0 });
    },
  );

  it('by the task itself, or by a listener, is safe', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const selfish = orchestrator.submit({
      id: 'selfish',
      run: () => {
        orchestrator.cancel('selfish');
        return 'value';
      },
    });
    await expect(selfish.result).rejects.toMatchObject({ code: 'TASK_CANCELLED' });
    for (const name of ['task.submitted', 'task.queued', 'task.started'] as const) {
      const stop = orchestrator.on(name, ({ taskId }) => orchestrator.cancel(taskId));
      const handle = orchestrator.submit({ id: name, run: () => 'value' });
      await orchestrator.onIdle();
      expect(handle.state).toBe('cancelled');
      stop();
    }
    expect(await orchestrator.submit({ run: () => 'fine' }).result).toBe('fine');
    expect(orchestrator.stats()).toMatchObject({ running: 0, queued: 0 });
  });
});

describe('a signal', () => {
  it('cancels all its tasks, wherever they are, and keeps no listener', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2, maxQueueSize: 3 });
    const { signal, abort } = abortable();
    const work = heldWork();
    const handles = Array.from({ length: 8 }, () => orchestrator.submit({ signal, run: work.run }));
    const blocked = orchestrator.submit({ signal, dependsOn: ['x'], run: work.run });
    await nextTurn();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    abort('all of them');
    expect([...handles, blocked].map(({ state }) => state)).toEqual(Array(9).fill('cancelled'));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await orchestrator.onIdle();
    expect(work.contexts).toHaveLength(2);
  });

  it('that is shared by many tasks has one listener, and none after the last', async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error) => void warnings.push(warning);
    process.on('warning', listener);
    const orchestrator = new TaskOrchestrator();
    const { signal } = abortable();
    const handles = Array.from({ length: 500 }, (_, number) =>
      orchestrator.submit({
        signal,
        run: async () => (number % 2 === 0 ? number : Promise.reject(new Error('odd'))),
      }),
    );
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await Promise.all(handles.map(({ outcome }) => outcome));
    await nextTurn();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    process.off('warning', listener);
    expect(warnings).toEqual([]);
  });

  it('that is aborted already settles a task once, though a listener cancels it too', async () => {
    const orchestrator = new TaskOrchestrator();
    const endings: string[] = [];
    orchestrator.on('task.submitted', ({ taskId }) => orchestrator.cancel(taskId, 'by a listener'));
    orchestrator.on('task.cancelled', ({ taskId }) => endings.push(taskId));
    const signal = AbortSignal.abort();
    await orchestrator.submit({ id: 'a', signal, run: () => {} }).outcome;
    expect(endings).toEqual(['a']);
    expect(orchestrator.stats()).toMatchObject({ submitted: 1, cancelled: 1 });
  });

  it('that is aborted already cancels at once', async () => {
    const orchestrator = new TaskOrchestrator();
    const signal = AbortSignal.abort(new Error('before'));
    const handle = orchestrator.submit({ signal, run: () => {} });
    expect(handle.state).toBe('cancelled');
    await expect(handle.result).rejects.toThrow('before');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('pause and resume', () => {
  it('start nothing new, let running tasks finish, and keep the order', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const ran: string[] = [];
    const work = heldWork();
    const running = orchestrator.submit({ run: work.run });
    await nextTurn();
    orchestrator.pause();
    orchestrator.pause();
    for (const priority of ['LOW', 'HIGH'] as const) {
      orchestrator.submit({ priority, run: async () => void ran.push(priority) });
    }
    work.release();
    await running.result;
    await nextTurn();
    expect(orchestrator.stats()).toMatchObject({ paused: true, running: 0, queued: 2 });
    orchestrator.resume();
    await orchestrator.onIdle();
    expect(ran).toEqual(['HIGH', 'LOW']);
    expect(orchestrator.stats().paused).toBe(false);
  });
});

describe('setPriority', () => {
  it('moves a queued task behind its new peers', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const ran: string[] = [];
    for (const [id, priority] of [
      ['low', 'LOW'],
      ['medium', 'MEDIUM'],
      ['high', 'HIGH'],
    ] as const) {
      orchestrator.submit({ id, priority, run: async () => void ran.push(id) });
    }
    expect(orchestrator.setPriority('low', 'high')).toBe(true);
    expect(orchestrator.get('low')?.priority).toBe(10);
    expect(orchestrator.stats().queuedByPriority).toMatchObject({ HIGH: 2, MEDIUM: 1, LOW: 0 });
    await orchestrator.onIdle();
    expect(ran).toEqual(['high', 'low', 'medium']);
    expect(orchestrator.setPriority('low', 'CRITICAL')).toBe(false);
    expect(orchestrator.setPriority('unknown', 'CRITICAL')).toBe(false);
    expect(() => orchestrator.setPriority('low', 101)).toThrow('101');
  });

  it('works in line, while blocked, and while waiting for a key', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2, maxQueueSize: 2 });
    const work = heldWork();
    orchestrator.submit({ key: 'k', run: work.run });
    orchestrator.submit({ id: 'root', run: work.run });
    await nextTurn();
    const ran: string[] = [];
    const submit = (id: string, extra = {}) =>
      orchestrator.submit({ id, priority: 'LOW', run: async () => void ran.push(id), ...extra });
    submit('parked 1', { key: 'k' });
    submit('parked 2', { key: 'k' });
    submit('blocked', { dependsOn: ['root'] });
    submit('in line 1');
    submit('in line 2');
    await nextTurn();
    for (const [id, priority] of [
      ['parked 2', 21],
      ['in line 2', 22],
      ['blocked', 23],
    ] as const) {
      expect(orchestrator.setPriority(id, priority)).toBe(true);
    }
    await nextTurn();
    work.release();
    work.release();
    await orchestrator.onIdle();
    expect(ran).toEqual(['parked 2', 'in line 2', 'blocked', 'parked 1', 'in line 1']);
  });
});

describe('keys', () => {
  it('run one at a time by default, in order, and take no slot while they wait', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 3 });
    const work = heldWork<string>();
    const keyed = Array.from({ length: 4 }, (_, number) =>
      orchestrator.submit({
        id: `keyed ${number}`,
        priority: 'CRITICAL',
        key: 'host',
        run: work.run,
      }),
    );
    const free = Array.from({ length: 4 }, (_, number) =>
      orchestrator.submit({ id: `free ${number}`, priority: 'LOW', run: work.run }),
    );
    await nextTurn();
    expect(keyed.map(({ state }) => state)).toEqual(['running', 'queued', 'queued', 'queued']);
    expect(free.map(({ state }) => state)).toEqual(['running', 'running', 'queued', 'queued']);
    expect(orchestrator.stats()).toMatchObject({ running: 3, queued: 5 });
    work.release('keyed 0');
    await nextTurn();
    expect(keyed.map(({ state }) => state)).toEqual(['completed', 'running', 'queued', 'queued']);
  });

  it('have limits of their own, which can be changed', async () => {
    const orchestrator = new TaskOrchestrator({
      maxConcurrent: 10,
      keyLimits: { a: 2 },
      keyLimit: 3,
    });
    const work = heldWork();
    for (const key of ['a', 'b']) {
      for (let number = 0; number < 5; number += 1) orchestrator.submit({ key, run: work.run });
    }
    await nextTurn();
    expect(work.active).toBe(2 + 3);
    orchestrator.setKeyLimit('a', 4);
    await nextTurn();
    expect(work.active).toBe(4 + 3);
    orchestrator.setKeyLimit('b', 1);
    work.release();
    await nextTurn();
    expect(work.active).toBe(4 + 3);
    expect(() => orchestrator.setKeyLimit('a', 0)).toThrow('limit');
  });

  it('follow priority among the tasks of one key, also for those that were parked', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const ran: string[] = [];
    const work = heldWork();
    orchestrator.setConcurrency(2);
    const first = orchestrator.submit({ key: 'k', run: work.run });
    await nextTurn();
    const submit = (id: string, priority: number) =>
      orchestrator.submit({ id, key: 'k', priority, run: async () => void ran.push(id) });
    submit('critical', 0);
    submit('low', 30);
    await nextTurn();
    submit('late high', 10);
    submit('late low', 30);
    work.release();
    await first.result;
    await orchestrator.onIdle();
    expect(ran).toEqual(['critical', 'late high', 'low', 'late low']);
  });

  it('let the best one go first, when the next in turn was made less urgent', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2 });
    const work = heldWork<string>();
    const started: string[] = [];
    orchestrator.on('task.started', ({ taskId }) => started.push(taskId));
    for (const id of ['holder', 'next', 'after'])
      orchestrator.submit({ id, key: 'k', run: work.run });
    orchestrator.submit({ id: 'other', run: work.run });
    await nextTurn();
    orchestrator.pause();
    work.release('holder');
    await nextTurn();
    orchestrator.setPriority('next', 'LOW');
    orchestrator.resume();
    await nextTurn();
    expect(started).toEqual(['holder', 'other', 'after']);
    await orchestrator.close();
  });

  it('age while they wait for their key', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock, ageing: { everyMs: 1_000 } });
    const work = heldWork<string>();
    const started: string[] = [];
    orchestrator.on('task.started', ({ taskId }) => started.push(taskId));
    const submit = (id: string, priority: 'LOW' | 'HIGH') =>
      orchestrator.submit({ id, priority, key: 'k', run: work.run });
    submit('holder', 'HIGH');
    submit('old and low', 'LOW');
    await clock.advance(2_000);
    submit('young and high', 'HIGH');
    await nextTurn();
    work.release('holder');
    await nextTurn();
    expect(started).toEqual(['holder', 'old and low']);
    await orchestrator.close();
  });

  it('go on when the next in turn is cancelled', async () => {
    const orchestrator = new TaskOrchestrator();
    const work = heldWork<string>();
    const [first, second, third] = ['1', '2', '3'].map((id) =>
      orchestrator.submit({ id, key: 'k', run: work.run }),
    );
    await nextTurn();
    orchestrator.pause();
    work.release('1');
    await first?.result;
    second?.cancel();
    orchestrator.resume();
    await nextTurn();
    expect(third?.state).toBe('running');
  });

  it('stay held by a timed-out task until its function has stopped or is abandoned', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock, abandonAfterMs: 100 });
    const work = heldWork({ stubborn: true });
    orchestrator.submit({ key: 'k', timeoutMs: 10, run: work.run });
    const next = orchestrator.submit({ key: 'k', run: () => 'next' });
    await clock.advance(109);
    expect(next.state).toBe('queued');
    await clock.advance(1);
    expect(await next.result).toBe('next');
  });

  it('that are all busy do not keep others from free slots, though the queue is full', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2, maxQueueSize: 2 });
    const work = heldWork();
    for (let number = 0; number < 3; number += 1) orchestrator.submit({ key: 'k', run: work.run });
    await nextTurn();
    expect(orchestrator.stats()).toMatchObject({ running: 1, queued: 2 });
    expect(await orchestrator.submit({ run: () => 'other' }).result).toBe('other');
  });
});

describe('onIdle', () => {
  it('resolves at once when there is nothing, else when the last function has stopped', async () => {
    const orchestrator = new TaskOrchestrator();
    await orchestrator.onIdle();
    const work = heldWork({ stubborn: true });
    const handle = orchestrator.submit({ run: work.run });
    let idle = 0;
    let events = 0;
    orchestrator.on('idle', () => {
      events += 1;
    });
    const waits = [orchestrator.onIdle(), orchestrator.onIdle()].map(async (wait) => {
      await wait;
      idle += 1;
    });
    await nextTurn();
    handle.cancel();
    await nextTurn();
    expect(idle).toBe(0);
    work.release();
    await Promise.all(waits);
    expect([idle, events]).toEqual([2, 1]);
  });
});

function abortable() {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: (reason: unknown) => controller.abort(reason),
  };
}
