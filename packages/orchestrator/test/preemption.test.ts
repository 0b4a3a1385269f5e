import { describe, expect, it } from 'vitest';
import { TaskOrchestrator, type TaskPriorityName } from '../src/index.ts';
import { FakeClock, heldWork, nextTurn } from '../src/testing/index.ts';

describe('preemption', () => {
  it('gate 2.8: CRITICAL preempts MEDIUM; HIGH does not preempt MEDIUM', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const work = heldWork<string>();
    const medium = orchestrator.submit({ priority: 'MEDIUM', preemptible: true, run: work.run });
    await nextTurn();
    const high = orchestrator.submit({ priority: 'HIGH', run: () => 'high' });
    await nextTurn();
    expect([medium.state, high.state]).toEqual(['running', 'queued']);

    const critical = orchestrator.submit({ priority: 'CRITICAL', run: () => 'critical' });
    await nextTurn();
    expect(work.contexts[0]?.signal.reason).toMatchObject({
      code: 'TASK_PREEMPTED',
      reason: 'preempted',
    });
    expect(await critical.result).toBe('critical');
    await nextTurn();
    expect(await high.result).toBe('high');
    expect(medium.state).toBe('running');
    work.release('medium, second run');
    expect(await medium.result).toBe('medium, second run');
    expect(orchestrator.stats()).toMatchObject({ preempted: 1, completed: 3, cancelled: 0 });
  });

  it('happens only to tasks declared preemptible, and only when all slots are busy', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2 });
    const work = heldWork();
    const background = orchestrator.submit({ priority: 'BACKGROUND', run: work.run });
    await nextTurn();
    orchestrator.submit({ priority: 'LOW', preemptible: true, run: work.run });
    await nextTurn();
    expect(orchestrator.stats().preempted).toBe(0);
    orchestrator.submit({ priority: 'CRITICAL', run: work.run });
    await nextTurn();
    await nextTurn();
    expect(background.state).toBe('running');
    expect(work.contexts.map(({ priority }) => priority)).toEqual([40, 30, 0]);
    expect(orchestrator.stats()).toMatchObject({ preempted: 1, running: 2, queued: 1 });
    orchestrator.submit({ priority: 'CRITICAL', run: work.run });
    await nextTurn();
    expect(orchestrator.stats().preempted).toBe(1);
  });

  it('takes the lowest running task, of several the latest started', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 3, clock });
    const work = heldWork();
    const preempted: unknown[] = [];
    orchestrator.on('task.preempted', ({ taskId, by }) => preempted.push([taskId, by]));
    for (const [id, priority] of [
      ['medium', 'MEDIUM'],
      ['low 1', 'LOW'],
      ['low 2', 'LOW'],
    ] as const) {
      orchestrator.submit({ id, priority, preemptible: true, run: work.run });
      await clock.advance(10);
    }
    orchestrator.submit({ id: 'critical', priority: 'CRITICAL', run: work.run });
    await nextTurn();
    expect(preempted).toEqual([['low 2', 'critical']]);
  });

  it('queues it again ahead of its peers, the attempt not counted', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const work = heldWork();
    const victim = orchestrator.submit({
      id: 'victim',
      priority: 'LOW',
      preemptible: true,
      retry: { attempts: 1 },
      run: work.run,
    });
    await nextTurn();
    orchestrator.submit({ id: 'peer', priority: 'LOW', run: work.run });
    orchestrator.submit({ id: 'critical', priority: 'CRITICAL', run: work.run });
    await nextTurn();
    await nextTurn();
    expect(victim.attempt).toBe(0);
    work.release();
    await nextTurn();
    work.release();
    await nextTurn();
    expect(work.contexts.map(({ taskId, attempt }) => [taskId, attempt])).toEqual([
      ['victim', 1],
      ['critical', 1],
      ['victim', 1],
      ['peer', 1],
    ]);
  });

  it('takes as many slots as there are urgent tasks, and no more while they become free', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 3 });
    const work = heldWork({ stubborn: true });
    const victims = Array.from({ length: 3 }, () =>
      orchestrator.submit({ priority: 'LOW', preemptible: true, run: work.run }),
    );
    await nextTurn();
    for (let number = 0; number < 2; number += 1) {
      orchestrator.submit({ priority: 'CRITICAL', run: async () => {} });
      await nextTurn();
      await nextTurn();
    }
    const aborted = work.contexts.filter(({ signal }) => signal.aborted);
    expect(aborted).toHaveLength(2);
    expect(orchestrator.stats()).toMatchObject({ preempted: 2, running: 3, queued: 2 });
    expect(victims.map(({ state }) => state)).toEqual(['running', 'running', 'running']);
  });

  it('happens for a submitter in line, too, though the queue is full', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, maxQueueSize: 1 });
    const work = heldWork<string>();
    const low = orchestrator.submit({ priority: 'LOW', preemptible: true, run: work.run });
    await nextTurn();
    orchestrator.submit({ priority: 'LOW', run: () => {} });
    const urgent = orchestrator.submit({ priority: 'CRITICAL', run: () => 'urgent' });
    expect(urgent.state).toBe('waiting');
    expect(await urgent.result).toBe('urgent');
    await nextTurn();
    work.release('second run');
    expect(await low.result).toBe('second run');
    expect(orchestrator.stats().preempted).toBe(1);
  });

  it('does not happen for one in line that no free slot would look at', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 2, maxQueueSize: 1 });
    const work = heldWork();
    orchestrator.submit({ priority: 'CRITICAL', key: 'k', run: work.run });
    orchestrator.submit({ priority: 'LOW', preemptible: true, run: work.run });
    await nextTurn();
    for (let number = 0; number < 40; number += 1) {
      orchestrator.submit({ priority: 'CRITICAL', key: 'k', run: work.run });
    }
    const far = orchestrator.submit({ priority: 'CRITICAL', run: work.run });
    await nextTurn();
    await nextTurn();
    expect(far.state).toBe('waiting');
    expect(orchestrator.stats()).toMatchObject({ preempted: 0, running: 2 });
    await orchestrator.close();
  });

  it('takes no slot for a task that its key would not let start', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 3, keyLimits: { gpu: 1 } });
    const work = heldWork();
    for (let number = 0; number < 3; number += 1) {
      orchestrator.submit({ priority: 'LOW', preemptible: true, run: work.run });
    }
    await nextTurn();
    for (let number = 0; number < 3; number += 1) {
      orchestrator.submit({ priority: 'CRITICAL', key: 'gpu', run: work.run });
    }
    await nextTurn();
    await nextTurn();
    expect(orchestrator.stats()).toMatchObject({ preempted: 1, running: 3 });
  });

  it('keeps the value of a task that finishes nevertheless, and does not run it again', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const work = heldWork<string>({ stubborn: true });
    const low = orchestrator.submit({ priority: 'LOW', preemptible: true, run: work.run });
    await nextTurn();
    const critical = orchestrator.submit({ priority: 'CRITICAL', run: () => 'critical' });
    await nextTurn();
    work.release('finished');
    expect(await low.result).toBe('finished');
    expect(await critical.result).toBe('critical');
    expect(work.contexts).toHaveLength(1);
  });

  it('leaves a task that ignores it its time limit', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, abandonAfterMs: 50, clock });
    const work = heldWork({ stubborn: true });
    const low = orchestrator.submit({
      priority: 'LOW',
      preemptible: true,
      timeoutMs: 1_000,
      run: work.run,
    });
    await nextTurn();
    const critical = orchestrator.submit({ priority: 'CRITICAL', run: () => 'critical' });
    await clock.advance(999);
    expect([low.state, critical.state]).toEqual(['running', 'queued']);
    await clock.advance(1);
    expect(low.state).toBe('timed-out');
    await clock.advance(50);
    expect(await critical.result).toBe('critical');
    expect(orchestrator.stats()).toMatchObject({ abandoned: 1, preempted: 1 });
  });

  it('can be cancelled between abort and second run', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const work = heldWork({ stubborn: true });
    const low = orchestrator.submit({ priority: 'LOW', preemptible: true, run: work.run });
    await nextTurn();
    orchestrator.submit({ priority: 'CRITICAL', run: () => {} });
    await nextTurn();
    expect(low.cancel('no more')).toBe(true);
    work.fail(new Error('aborted'));
    await orchestrator.onIdle();
    expect(low.state).toBe('cancelled');
    expect(work.contexts).toHaveLength(1);
  });

  it('follows a priority that was changed while running or waiting', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const work = heldWork();
    const preempted: string[] = [];
    orchestrator.on('task.preempted', ({ taskId }) => preempted.push(taskId));
    const priorities: readonly TaskPriorityName[] = ['MEDIUM', 'HIGH'];
    for (const [index, id] of ['running', 'waiting'].entries()) {
      const priority = priorities[index] ?? 'LOW';
      orchestrator.submit({ id, priority, preemptible: true, run: work.run });
      await nextTurn();
    }
    expect(preempted).toEqual([]);
    orchestrator.setPriority('waiting', 'CRITICAL');
    await nextTurn();
    expect(preempted).toEqual(['running']);
  });
});
