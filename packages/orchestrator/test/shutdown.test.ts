import { describe, expect, it } from 'vitest';
import { TaskOrchestrator } from '../src/index.ts';
import { FakeClock, heldWork, nextTurn } from '../src/testing/index.ts';

describe('shutdown', () => {
  it('gate 2.6: shutdown cancels 20 queued and 5 active tasks; every one receives the abort; none goes on', async () => {
    const orchestrator = new TaskOrchestrator();
    let steps = 0;
    const reasons: unknown[] = [];
    const handles = Array.from({ length: 25 }, () =>
      orchestrator.submit({
        run: async ({ signal }) => {
          steps += 1;
          await new Promise<void>((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason);
              reject(signal.reason);
            });
          });
          steps += 1;
        },
      }),
    );
    await nextTurn();
    expect(orchestrator.stats()).toMatchObject({ running: 5, queued: 20 });
    const report = await orchestrator.shutdown({ mode: 'cancel' });
    expect(report).toEqual({ mode: 'cancel', cancelled: 25, completed: 0, notStopped: [] });
    expect(handles.map(({ state }) => state)).toEqual(Array(25).fill('cancelled'));
    const outcomes = await Promise.all(handles.map(({ outcome }) => outcome));
    expect(outcomes).toEqual(Array(25).fill(expect.objectContaining({ state: 'cancelled' })));
    for (const { result } of handles)
      await expect(result).rejects.toMatchObject({ code: 'SHUTDOWN' });
    expect(reasons).toHaveLength(5);
    expect(reasons).toEqual(Array(5).fill(expect.objectContaining({ code: 'SHUTDOWN' })));
    await nextTurn();
    expect(steps).toBe(5);
    expect(orchestrator.stats()).toMatchObject({ running: 0, queued: 0, cancelled: 25 });
  });

  it('rejects submits from then on', async () => {
    const orchestrator = new TaskOrchestrator();
    const work = heldWork();
    orchestrator.submit({ run: work.run });
    const draining = orchestrator.shutdown({ mode: 'drain' });
    const submit = () => orchestrator.submit({ run: () => {} });
    expect(submit).toThrow(expect.objectContaining({ code: 'SHUTDOWN' }));
    await nextTurn();
    work.release();
    await draining;
    expect(submit).toThrow(expect.objectContaining({ code: 'SHUTDOWN' }));
  });

  it('drains: everything submitted before runs, those waiting for room and retries too', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxQueueSize: 10, clock });
    let failures = 1;
    const handles = Array.from({ length: 50 }, (_, number) =>
      orchestrator.submit({ id: `${number}`, run: async () => number }),
    );
    const dependent = orchestrator.submit({ dependsOn: ['49'], run: () => 'dependent' });
    const flaky = orchestrator.submit({
      priority: 'CRITICAL',
      retry: { attempts: 2 },
      run: () => {
        failures -= 1;
        if (failures === 0) throw new Error('once');
        return 'second attempt';
      },
    });
    const draining = orchestrator.shutdown({ mode: 'drain' });
    await clock.advance(1_000);
    expect(await draining).toEqual({ mode: 'drain', cancelled: 0, completed: 52, notStopped: [] });
    expect(await Promise.all(handles.map(({ result }) => result))).toHaveLength(50);
    expect(await dependent.result).toBe('dependent');
    expect(await flaky.result).toBe('second attempt');
  });

  it('drains a paused orchestrator, too', async () => {
    const orchestrator = new TaskOrchestrator();
    orchestrator.pause();
    const handle = orchestrator.submit({ run: () => 'ran' });
    await orchestrator.shutdown({ mode: 'drain' });
    expect(await handle.result).toBe('ran');
  });

  it('does not wait for a dependency that nobody can submit any more', async () => {
    const orchestrator = new TaskOrchestrator();
    const orphan = orchestrator.submit({ id: 'orphan', dependsOn: ['never'], run: () => {} });
    const child = orchestrator.submit({ dependsOn: ['orphan'], run: () => {} });
    const report = await orchestrator.shutdown({ mode: 'drain' });
    expect(report.cancelled).toBe(2);
    await expect(orphan.result).rejects.toThrow('waits for "never"');
    await expect(child.result).rejects.toMatchObject({ code: 'DEPENDENCY_FAILED' });
  });

  it('aborts what a drain has not finished by its deadline', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ maxConcurrent: 1, clock });
    const work = heldWork();
    const running = orchestrator.submit({ run: work.run });
    const queued = orchestrator.submit({ run: work.run });
    const draining = orchestrator.shutdown({ mode: 'drain', deadlineMs: 1_000 });
    await clock.advance(999);
    expect([running.state, queued.state]).toEqual(['running', 'queued']);
    await clock.advance(1);
    expect(await draining).toMatchObject({ cancelled: 2, notStopped: [] });
    expect(clock.now()).toBe(1_000);
  });

  it.each(['cancel', 'drain'] as const)(
    'says what would not stop by the deadline (%s)',
    async (mode) => {
      const clock = new FakeClock();
      const orchestrator = new TaskOrchestrator({ abandonAfterMs: 100, clock });
      const work = heldWork({ stubborn: true });
      const abandoned = orchestrator.submit({
        id: 'abandoned earlier',
        timeoutMs: 1,
        run: work.run,
      });
      await clock.advance(200);
      expect(abandoned.state).toBe('timed-out');
      const late = new TaskOrchestrator({ clock });
      late.submit({ id: 'stubborn', run: work.run });
      await nextTurn();
      const stopping = late.shutdown({ mode, deadlineMs: 500, graceMs: 50 });
      await clock.advance(mode === 'cancel' ? 500 : 550);
      expect(await stopping).toMatchObject({ cancelled: 1, notStopped: ['stubborn'] });
      expect(await orchestrator.shutdown({ mode })).toMatchObject({
        notStopped: ['abandoned earlier'],
      });
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it('is idempotent, and a cancel during a drain makes it a cancel', async () => {
    const orchestrator = new TaskOrchestrator();
    const work = heldWork();
    const handle = orchestrator.submit({ run: work.run });
    await nextTurn();
    const first = orchestrator.shutdown({ mode: 'drain' });
    const second = orchestrator.shutdown({ mode: 'drain' });
    await nextTurn();
    expect(handle.state).toBe('running');
    const third = orchestrator.shutdown({ mode: 'cancel' });
    expect(await first).toEqual({ mode: 'cancel', cancelled: 1, completed: 0, notStopped: [] });
    expect(await second).toBe(await first);
    expect(await third).toBe(await first);
    expect(await orchestrator.shutdown({ mode: 'drain' })).toBe(await first);
    await orchestrator.close();
  });

  it('rejects the wait of submitters in line when it cancels', async () => {
    const orchestrator = new TaskOrchestrator({ maxQueueSize: 1, maxConcurrent: 1 });
    const work = heldWork();
    const handles = Array.from({ length: 4 }, () => orchestrator.submit({ run: work.run }));
    const accepted = handles[3]?.accepted;
    await orchestrator.shutdown({ mode: 'cancel' });
    await expect(accepted).rejects.toMatchObject({ code: 'SHUTDOWN' });
    expect(orchestrator.stats().waiting).toBe(0);
  });

  it('happens at the end of an `await using` block', async () => {
    const work = heldWork();
    let handle: { readonly state: string } | undefined;
    {
      await using orchestrator = new TaskOrchestrator();
      handle = orchestrator.submit({ run: work.run });
      await nextTurn();
    }
    expect(handle.state).toBe('cancelled');
  });

  it('tells its start and its end', async () => {
    const orchestrator = new TaskOrchestrator();
    const seen: unknown[] = [];
    orchestrator.on('shutdown.started', (event) => seen.push(event));
    orchestrator.on('shutdown.finished', (event) => seen.push(event));
    await orchestrator.close();
    expect(seen).toEqual([
      { mode: 'cancel' },
      { mode: 'cancel', cancelled: 0, completed: 0, notStopped: [] },
    ]);
  });

  it('refuses to be asked without options', () => {
    const orchestrator = new TaskOrchestrator();
    const nothing = undefined as unknown as { mode: 'cancel' };
    expect(() => orchestrator.shutdown(nothing)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'options' }),
    );
  });

  it('refuses an unknown mode', () => {
    const orchestrator = new TaskOrchestrator();
    expect(() => orchestrator.shutdown({ mode: 'now' as 'cancel' })).toThrow('mode');
  });
});
