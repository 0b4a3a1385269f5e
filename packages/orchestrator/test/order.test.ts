import { describe, expect, it } from 'vitest';
import { TaskOrchestrator } from '../src/index.ts';
import { FakeClock, heldWork, nextTurn } from '../src/testing/index.ts';

const record = (into: unknown[], value: unknown) => async (): Promise<void> => {
  into.push(value);
};

describe('order', () => {
  it.each([1, 5])(
    'gate 2.1: LOW, CRITICAL, HIGH run CRITICAL, HIGH, LOW (%i slots)',
    async (maxConcurrent) => {
      const orchestrator = new TaskOrchestrator({ maxConcurrent });
      const ran: string[] = [];
      for (const priority of ['LOW', 'CRITICAL', 'HIGH'] as const) {
        orchestrator.submit({ priority, run: record(ran, priority) });
      }
      await orchestrator.onIdle();
      expect(ran).toEqual(['CRITICAL', 'HIGH', 'LOW']);
    },
  );

  it('holds when each submit is awaited within the turn', async () => {
    const orchestrator = new TaskOrchestrator();
    const ran: string[] = [];
    for (const priority of ['LOW', 'CRITICAL', 'HIGH'] as const) {
      await orchestrator.submit({ priority, run: record(ran, priority) }).accepted;
    }
    await orchestrator.onIdle();
    expect(ran).toEqual(['CRITICAL', 'HIGH', 'LOW']);
  });

  it('holds when a slot becomes free in the middle of the turn', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1 });
    const ran: string[] = [];
    const work = heldWork();
    const first = orchestrator.submit({ run: work.run });
    await nextTurn();
    orchestrator.submit({ priority: 'LOW', run: record(ran, 'LOW') });
    work.release();
    await first.result;
    orchestrator.submit({ priority: 'CRITICAL', run: record(ran, 'CRITICAL') });
    await orchestrator.onIdle();
    expect(ran).toEqual(['CRITICAL', 'LOW']);
  });

  it('is first in, first out within one priority', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, maxQueueSize: 1_000 });
    const ran: number[] = [];
    for (let number = 0; number < 500; number += 1) {
      orchestrator.submit({ priority: number % 2 === 0 ? 20 : 25, run: record(ran, number) });
    }
    await orchestrator.onIdle();
    const even = ran.slice(0, 250);
    expect(even).toEqual(even.map((_, index) => index * 2));
    const odd = ran.slice(250);
    expect(odd).toEqual(odd.map((_, index) => index * 2 + 1));
  });

  it('prefers a more urgent submitter in line to a queued task when a slot is free', async () => {
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, maxQueueSize: 2 });
    const ran: string[] = [];
    for (const name of ['low 1', 'low 2'])
      orchestrator.submit({ priority: 'LOW', run: record(ran, name) });
    orchestrator.submit({ priority: 'CRITICAL', run: record(ran, 'critical') });
    orchestrator.submit({ priority: 'HIGH', run: record(ran, 'high') });
    await orchestrator.onIdle();
    expect(ran).toEqual(['critical', 'high', 'low 1', 'low 2']);
  });

  it('lets a LOW task starve by default', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, clock });
    const work = heldWork();
    const low = orchestrator.submit({ priority: 'LOW', run: async () => {} });
    for (let round = 0; round < 50; round += 1) {
      orchestrator.submit({ priority: 'HIGH', run: work.run });
      orchestrator.submit({ priority: 'HIGH', run: work.run });
      await clock.advance(60_000);
      work.release();
      await nextTurn();
    }
    expect(low.state).toBe('queued');
  });

  it('lets nobody starve with ageing: a waiting task rises a level each time, up to HIGH', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({
      maxConcurrent: 1,
      ageing: { everyMs: 1_000 },
      clock,
    });
    const work = heldWork<string>();
    const blocker = orchestrator.submit({ run: work.run });
    await nextTurn();
    const started: string[] = [];
    const run = (name: string) => () => void started.push(name);
    orchestrator.submit({ priority: 'BACKGROUND', run: run('background') });
    await clock.advance(3_500);
    orchestrator.submit({ priority: 'CRITICAL', run: run('critical') });
    orchestrator.submit({ priority: 'HIGH', run: run('high, later') });
    orchestrator.submit({ priority: 'MEDIUM', run: run('medium') });
    work.release('');
    await blocker.result;
    await orchestrator.onIdle();
    expect(started).toEqual(['critical', 'background', 'high, later', 'medium']);
  });

  it('never ages into CRITICAL', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, ageing: { everyMs: 10 }, clock });
    const work = heldWork();
    orchestrator.submit({ run: work.run });
    await nextTurn();
    const started: string[] = [];
    orchestrator.submit({ priority: 'LOW', run: () => void started.push('low') });
    await clock.advance(1_000_000);
    orchestrator.submit({ priority: 'CRITICAL', run: () => void started.push('critical') });
    work.release();
    await orchestrator.onIdle();
    expect(started).toEqual(['critical', 'low']);
    expect(() => new TaskOrchestrator({ ageing: { everyMs: 1, upTo: 0 } })).toThrow('ageing.upTo');
  });
});
