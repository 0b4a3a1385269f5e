import { describe, expect, it } from 'vitest';
import { TaskOrchestrator } from '../src/index.ts';
import { FakeClock, nextTurn } from '../src/testing/index.ts';

describe('dispatch workers', () => {
  it('gate 2.4: 3 workers take work continuously; one crashes, the others go on and it is restarted', async () => {
    const clock = new FakeClock();
    const crashes: unknown[] = [];
    const restarts: unknown[] = [];
    let crashNext = false;
    const orchestrator = new TaskOrchestrator({
      clock,
      onDispatch: () => {
        if (!crashNext) return;
        crashNext = false;
        throw new Error('worker down');
      },
    });
    orchestrator.on('worker.crashed', (crash) => crashes.push(crash));
    orchestrator.on('worker.restarted', (restart) => restarts.push(restart));
    const startedBy = new Map<string, number>();
    orchestrator.on('task.started', ({ taskId, workerId }) => startedBy.set(taskId, workerId));
    const runs = new Map<string, number>();
    const submit = (from: number, to: number) => {
      for (let number = from; number < to; number += 1) {
        const id = `task ${number}`;
        orchestrator.submit({ id, run: async () => void runs.set(id, (runs.get(id) ?? 0) + 1) });
      }
    };

    submit(0, 9);
    await orchestrator.onIdle();
    expect(orchestrator.stats().workers.map(({ dispatched }) => dispatched)).toEqual([3, 3, 3]);

    crashNext = true;
    submit(9, 18);
    await orchestrator.onIdle();
    expect(crashes).toMatchObject([{ taskId: 'task 9', error: { message: 'worker down' } }]);
    const down = orchestrator.stats().workers.filter(({ state }) => state === 'crashed');
    expect(down).toHaveLength(1);
    const others = [...startedBy].filter(([, worker]) => worker !== down[0]?.id);
    expect(others.length).toBeGreaterThanOrEqual(9 + 6);

    await clock.advance(1);
    expect(restarts).toEqual([{ workerId: down[0]?.id, restarts: 1 }]);
    submit(18, 27);
    await orchestrator.onIdle();
    const { workers, completed } = orchestrator.stats();
    expect(workers.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
    expect(workers[down[0]?.id ?? -1]).toMatchObject({ restarts: 1, dispatched: 3 + 3 });

    expect(completed).toBe(27);
    expect([...runs.values()]).toEqual(Array(27).fill(1));
  });

  it('puts the task of a crashed worker back to the head of its queue', async () => {
    const clock = new FakeClock();
    let crashes = 1;
    const orchestrator = new TaskOrchestrator({
      clock,
      maxConcurrent: 1,
      onDispatch: () => {
        crashes -= 1;
        if (crashes === 0) throw new Error('worker down');
      },
    });
    const ran: string[] = [];
    for (const id of ['a', 'b', 'c'])
      orchestrator.submit({ id, run: async () => void ran.push(id) });
    await orchestrator.onIdle();
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  it('waits for a restart when all workers are down, and loses nothing', async () => {
    const clock = new FakeClock();
    let broken = true;
    const orchestrator = new TaskOrchestrator({
      clock,
      workers: 2,
      onDispatch: () => {
        if (broken) throw new Error('worker down');
      },
    });
    const handle = orchestrator.submit({ run: () => 'ran' });
    await nextTurn();
    expect(orchestrator.stats().workers.map(({ state }) => state)).toEqual(['crashed', 'crashed']);
    expect(handle.state).toBe('queued');
    broken = false;
    await clock.advance(1);
    expect(await handle.result).toBe('ran');
  });

  it('restarts after a delay that doubles with each crash in a row, and gives a poisonous task up', async () => {
    const clock = new FakeClock();
    const crashedAt: number[] = [];
    const orchestrator = new TaskOrchestrator({
      clock,
      workers: 1,
      onDispatch: ({ taskId }) => {
        if (taskId.startsWith('poison')) throw new Error('boom');
      },
    });
    orchestrator.on('worker.crashed', () => crashedAt.push(clock.now()));
    const poison = orchestrator.submit({ id: 'poison', run: () => {} });
    const poison2 = orchestrator.submit({ id: 'poison 2', run: () => {} });
    const healthy = orchestrator.submit({ run: () => 'healthy' });
    await clock.advance(10_000);
    expect(crashedAt).toEqual([0, 1, 11, 31, 71, 151]);
    await expect(poison.result).rejects.toMatchObject({ code: 'WORKER_CRASHED', crashes: 3 });
    expect(poison2.state).toBe('failed');
    expect(await healthy.result).toBe('healthy');
    expect(orchestrator.stats()).toMatchObject({ failed: 2, completed: 1, running: 0 });
  });

  it('gives the key of a crashed dispatch back', async () => {
    const clock = new FakeClock();
    let crash = true;
    const orchestrator = new TaskOrchestrator({
      clock,
      onDispatch: () => {
        if (crash) {
          crash = false;
          throw new Error('worker down');
        }
      },
    });
    const handles = ['a', 'b'].map((id) => orchestrator.submit({ id, key: 'gpu', run: () => id }));
    expect(await Promise.all(handles.map(({ result }) => result))).toEqual(['a', 'b']);
  });
});
