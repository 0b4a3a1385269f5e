import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskOrchestrator } from '../src/index.ts';
import { FakeClock, heldWork, nextTurn } from '../src/testing/index.ts';

describe('dependsOn', () => {
  it('runs a task after those it depends on, submitted before or after it', async () => {
    const orchestrator = new TaskOrchestrator();
    const ran: string[] = [];
    const submit = (id: string, dependsOn: string[] = []) =>
      orchestrator.submit({
        id,
        dependsOn,
        priority: dependsOn.length > 0 ? 0 : 40,
        run: async () => void ran.push(id),
      });
    const last = submit('d', ['b', 'c', 'b']);
    submit('b', ['a']);
    submit('a');
    submit('c', ['a']);
    expect(last.state).toBe('blocked');
    expect(orchestrator.stats()).toMatchObject({ blocked: 3, queued: 1 });
    await last.accepted;
    await orchestrator.onIdle();
    expect(ran).toEqual(['a', 'b', 'c', 'd']);
    expect(orchestrator.stats().blocked).toBe(0);
  });

  it('takes a finished dependency that is still remembered as done', async () => {
    const orchestrator = new TaskOrchestrator();
    await orchestrator.submit({ id: 'a', run: () => {} }).result;
    const handle = orchestrator.submit({ dependsOn: ['a'], run: () => 'ran' });
    expect(handle.state).toBe('queued');
    expect(await handle.result).toBe('ran');
  });

  it('rejects a cycle, naming its path', () => {
    const orchestrator = new TaskOrchestrator();
    orchestrator.submit({ id: 'a', dependsOn: ['b'], run: () => {} });
    orchestrator.submit({ id: 'b', dependsOn: ['c'], run: () => {} });
    const close = () => orchestrator.submit({ id: 'c', dependsOn: ['x', 'a'], run: () => {} });
    expect(close).toThrow('Circular dependency: c -> a -> b -> c');
    expect(close).toThrow(
      expect.objectContaining({ code: 'CIRCULAR_DEPENDENCY', path: ['c', 'a', 'b', 'c'] }),
    );
    expect(() => orchestrator.submit({ id: 'self', dependsOn: ['self'], run: () => {} })).toThrow(
      'self -> self',
    );
    expect(orchestrator.get('c')).toBeUndefined();
  });

  it('rejects exactly the edge sets that have a cycle, with a path that exists', () => {
    const node = fc.integer({ min: 0, max: 7 }).map(String);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(node, fc.array(node, { maxLength: 4 })), { maxLength: 10 }),
        (tasks) => {
          const orchestrator = new TaskOrchestrator();
          orchestrator.pause();
          const accepted = new Map<string, readonly string[]>();
          for (const [id, dependsOn] of tasks) {
            if (accepted.has(id)) continue;
            const reaches = (from: string, seen = new Set<string>()): boolean =>
              from === id ||
              (!seen.has(from) &&
                (accepted.get(from) ?? []).some((next) => reaches(next, seen.add(from))));
            const cyclic = dependsOn.some((dependency) => reaches(dependency));
            let path: readonly string[] | undefined;
            try {
              orchestrator.submit({ id, dependsOn, run: () => {} });
              accepted.set(id, dependsOn);
            } catch (error) {
              ({ path } = error as { path: readonly string[] });
            }
            expect(path !== undefined).toBe(cyclic);
            if (path === undefined) continue;
            expect([path[0], path.at(-1)]).toEqual([id, id]);
            const edges = new Map(accepted).set(id, dependsOn);
            for (let step = 1; step < path.length; step += 1) {
              expect(edges.get(path[step - 1] ?? '')).toContain(path[step]);
            }
          }
        },
      ),
    );
  });

  it.each(['failed', 'timed-out', 'cancelled'] as const)(
    'cancels the dependents of a %s task with the cause, all the way down',
    async (ending) => {
      const clock = new FakeClock();
      const orchestrator = new TaskOrchestrator({ clock });
      const work = heldWork();
      const first = orchestrator.submit({ id: 'first', timeoutMs: 1_000, run: work.run });
      const second = orchestrator.submit({ id: 'second', dependsOn: ['first'], run: work.run });
      const third = orchestrator.submit({ id: 'third', dependsOn: ['second'], run: work.run });
      await nextTurn();
      if (ending === 'failed') work.fail(new Error('why'));
      if (ending === 'cancelled') first.cancel('why');
      await clock.advance(1_000);
      expect(first.state).toBe(ending);
      const outcome = await second.outcome;
      const firstOutcome = await first.outcome;
      expect(outcome).toMatchObject({
        state: 'cancelled',
        error: { code: 'DEPENDENCY_FAILED', taskId: 'second', dependency: 'first' },
      });
      const cause = 'error' in firstOutcome ? firstOutcome.error : 'none';
      expect('error' in outcome && (outcome.error as Error).cause).toBe(cause);
      await expect(third.result).rejects.toMatchObject({ dependency: 'second' });
      expect(work.contexts).toHaveLength(1);
    },
  );

  it('cancels at once what is submitted after its dependency has failed', async () => {
    const orchestrator = new TaskOrchestrator();
    await orchestrator.submit({ id: 'a', run: () => Promise.reject(new Error('why')) }).outcome;
    const handle = orchestrator.submit({ dependsOn: ['a'], run: () => {} });
    expect(handle.state).toBe('cancelled');
    await expect(handle.result).rejects.toMatchObject({ cause: { message: 'why' } });
  });

  it('cancels and runs chains longer than the stack', async () => {
    const orchestrator = new TaskOrchestrator({
      maxBlocked: Number.POSITIVE_INFINITY,
      rememberFinished: Number.POSITIVE_INFINITY,
    });
    const length = 20_000;
    const fail = (): Promise<void> => Promise.reject(new Error('why'));
    const handles = [orchestrator.submit({ id: '0', run: fail })];
    for (let number = 1; number < length; number += 1) {
      handles.push(
        orchestrator.submit({ id: `${number}`, dependsOn: [`${number - 1}`], run: () => {} }),
      );
    }
    expect(() =>
      orchestrator.submit({ id: 'x', dependsOn: [`${length - 1}`, 'x'], run: () => {} }),
    ).toThrow('x -> x');
    await orchestrator.onIdle();
    expect(handles.at(-1)?.state).toBe('cancelled');
    expect(orchestrator.stats()).toMatchObject({ failed: 1, cancelled: length - 1, blocked: 0 });
  });

  it('lets blocked dependents not fill the queue into a deadlock', async () => {
    const orchestrator = new TaskOrchestrator({ maxQueueSize: 5, maxConcurrent: 1 });
    const handles = Array.from({ length: 50 }, (_, number) =>
      orchestrator.submit({ id: `dependent ${number}`, dependsOn: ['root'], run: () => number }),
    );
    expect(orchestrator.stats()).toMatchObject({ blocked: 50, queued: 0 });
    let most = 0;
    orchestrator.on('task.queued', () => {
      most = Math.max(most, orchestrator.stats().queued);
    });
    const root = orchestrator.submit({ id: 'root', run: () => {} });
    expect(root.state).toBe('queued');
    await Promise.all(handles.map(({ result }) => result));
    expect(most).toBeLessThanOrEqual(5);
    expect(orchestrator.stats()).toMatchObject({ blocked: 0, completed: 51 });
  });

  it('refuses more blocked tasks than maxBlocked', () => {
    const orchestrator = new TaskOrchestrator({ maxBlocked: 1 });
    orchestrator.submit({ dependsOn: ['a'], run: () => {} });
    const more = { dependsOn: ['a'], run: () => {} };
    expect(() => orchestrator.submit(more)).toThrow('maxBlocked is 1');
    expect(orchestrator.trySubmit(more)).toEqual({ accepted: false, reason: 'full' });
  });

  it('can refuse dependencies that are not known', () => {
    const orchestrator = new TaskOrchestrator({ missingDependency: 'reject' });
    expect(() => orchestrator.submit({ id: 'a', dependsOn: ['b'], run: () => {} })).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_DEPENDENCY', taskId: 'a', dependency: 'b' }),
    );
  });

  it('can be cancelled while blocked, and is then run by nobody', async () => {
    const orchestrator = new TaskOrchestrator();
    let ran = false;
    const blocked = orchestrator.submit({
      id: 'blocked',
      dependsOn: ['a'],
      run: () => {
        ran = true;
      },
    });
    expect(blocked.cancel()).toBe(true);
    orchestrator.submit({ id: 'a', run: () => {} });
    await orchestrator.onIdle();
    expect(ran).toBe(false);
    expect(blocked.state).toBe('cancelled');
  });

  it('waits through the retries of a dependency', async () => {
    const clock = new FakeClock();
    const orchestrator = new TaskOrchestrator({ clock });
    orchestrator.submit({
      id: 'a',
      retry: { attempts: 2, delayMs: 100 },
      run: ({ attempt }) => (attempt === 1 ? Promise.reject(new Error('again')) : 'ok'),
    });
    const handle = orchestrator.submit({ dependsOn: ['a'], run: () => 'ran' });
    await nextTurn();
    expect(handle.state).toBe('blocked');
    await clock.advance(100);
    expect(await handle.result).toBe('ran');
  });
});
