import { getEventListeners } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type TaskHandle, TaskOrchestrator } from '../../src/index.ts';
import { FakeClock, nextTurn } from '../../src/testing/index.ts';
import { isSettled, type ModelSpec, ReferenceScheduler } from './reference-scheduler.ts';

type Step =
  | { readonly do: 'submit'; readonly specs: readonly ModelSpec[] }
  | { readonly do: 'finish' | 'fail'; readonly which: number }
  | { readonly do: 'cancel'; readonly which: number }
  | { readonly do: 'setPriority'; readonly which: number; readonly priority: number }
  | { readonly do: 'setConcurrency'; readonly maxConcurrent: number }
  | { readonly do: 'pause' | 'resume' }
  | { readonly do: 'pass'; readonly ms: number };

interface Setup {
  readonly maxConcurrent: number;
  readonly maxQueueSize: number;
  readonly abandonAfterMs: number;
  readonly keyLimit: number;
}

const mostConcurrent = 4;

const ms = fc.integer({ min: 1, max: 20 });
const limit = fc.oneof(
  { weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
  { weight: 2, arbitrary: ms },
);
const priority = fc.constantFrom(0, 10, 15, 20, 30, 40);
const spec: fc.Arbitrary<ModelSpec> = fc.record({
  priority,
  key: fc.constantFrom(undefined, undefined, 'a', 'b'),
  dependsOn: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.nat({ max: 1_000 }), { maxLength: 2 }) },
  ),
  timeoutMs: fc.oneof({ weight: 9, arbitrary: limit }, { weight: 1, arbitrary: fc.constant(0) }),
  queueTimeoutMs: limit,
  submitTimeoutMs: limit,
  attempts: fc.constantFrom(1, 1, 2, 3),
  retryDelayMs: ms,
  preemptible: fc.boolean(),
  stubborn: fc.nat({ max: 3 }).map((number) => number === 0),
});
const which = fc.nat({ max: 1_000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      specs: fc.array(spec, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('finish' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('setPriority' as const), which, priority }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('setConcurrency' as const),
      maxConcurrent: fc.integer({ min: 1, max: mostConcurrent }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms }) },
);
const setup: fc.Arbitrary<Setup> = fc.record({
  maxConcurrent: fc.integer({ min: 1, max: mostConcurrent }),
  maxQueueSize: fc.integer({ min: 1, max: 6 }),
  abandonAfterMs: fc.constantFrom(5, 15, Number.POSITIVE_INFINITY),
  keyLimit: fc.integer({ min: 1, max: 2 }),
});

/** The orchestrator and the model, side by side. */
class Pair {
  readonly clock = new FakeClock();
  readonly signal = new AbortController().signal;
  readonly handles: TaskHandle[] = [];
  readonly starts: number[] = [];
  readonly endings = new Map<string, number>();
  readonly orchestrator: TaskOrchestrator;
  readonly model: ReferenceScheduler;
  readonly #setup: Setup;
  /** The functions that are active, in the order they were called, as the model's `active`. */
  #active: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  constructor(setup: Setup) {
    this.#setup = setup;
    this.orchestrator = new TaskOrchestrator({
      ...setup,
      clock: this.clock,
      rememberFinished: Number.POSITIVE_INFINITY,
    });
    this.model = new ReferenceScheduler(setup.maxConcurrent, setup);
    const ended = ({ taskId }: { taskId: string }): void => {
      this.endings.set(taskId, (this.endings.get(taskId) ?? 0) + 1);
    };
    for (const name of ['completed', 'failed', 'timed-out', 'cancelled'] as const) {
      this.orchestrator.on(`task.${name}`, ended);
    }
  }

  async run(step: Step): Promise<void> {
    const { orchestrator, model } = this;
    switch (step.do) {
      case 'submit':
        for (const spec of step.specs) this.#submit(spec);
        break;
      case 'finish':
      case 'fail':
        this.#return(step.which, step.do === 'finish');
        break;
      case 'cancel': {
        const id = this.#pick(step.which);
        orchestrator.cancel(`${id}`);
        model.cancel(id);
        break;
      }
      case 'setPriority': {
        const id = this.#pick(step.which);
        orchestrator.setPriority(`${id}`, step.priority);
        model.setPriority(id, step.priority);
        break;
      }
      case 'setConcurrency':
        orchestrator.setConcurrency(step.maxConcurrent);
        model.setConcurrency(step.maxConcurrent);
        break;
      case 'pause':
      case 'resume':
        orchestrator[step.do]();
        model.setPaused(step.do === 'pause');
        break;
      case 'pass':
        for (let passed = 0; passed < step.ms; passed += 1) {
          await this.clock.advance(1);
          await nextTurn();
          model.tick();
          this.compare();
        }
    }
    await nextTurn();
    await nextTurn();
    model.settleTurn();
    this.compare();
  }

  compare(): void {
    const { model, orchestrator, handles, starts } = this;
    const stats = orchestrator.stats();
    const count = (state: string): number => model.in(state).length;
    const unfinished = handles.filter(({ state }) => !isSettled(state)).length;
    const ours = {
      states: handles.map(({ state }) => state),
      starts,
      stats,
      listeners: getEventListeners(this.signal, 'abort').length,
      isBounded: stats.queued + stats.retrying <= this.#setup.maxQueueSize + 2 * mostConcurrent,
    };
    const expected = {
      states: model.tasks.map(({ state }) => state),
      starts: model.starts,
      stats: {
        ...stats,
        queued: count('queued'),
        running: model.running.length,
        waiting: count('waiting'),
        blocked: count('blocked'),
        retrying: count('retrying'),
        completed: count('completed'),
        failed: count('failed'),
        timedOut: count('timed-out'),
        cancelled: count('cancelled'),
        preempted: model.preempted,
        retried: model.retried,
        abandoned: model.abandoned,
        abandonedRunning: model.active.length - model.running.length,
      },
      listeners: unfinished > 0 ? 1 : 0,
      isBounded: true,
    };
    // Looked at many thousand times: `expect` costs more than the histories, and only describes what differs.
    if (!isDeepStrictEqual(ours, expected)) expect(ours).toEqual(expected);
  }

  /** Lets every function that is called from now on return at once, and those that are active. */
  async finishAll(): Promise<void> {
    await this.run({ do: 'resume' });
    for (let round = 0; this.model.tasks.some(({ state }) => !isSettled(state)); round += 1) {
      if (this.model.active.length > 0) await this.run({ do: 'finish', which: 0 });
      else await this.run({ do: 'pass', ms: 20 });
      expect(round).toBeLessThan(1_000);
    }
    while (this.model.active.length > 0) await this.run({ do: 'finish', which: 0 });
  }

  #submit(spec: ModelSpec): void {
    const id = this.handles.length;
    const dependsOn =
      id === 0 ? [] : [...new Set(spec.dependsOn.map((dependency) => dependency % id))];
    const { attempts, retryDelayMs, stubborn, key, ...limits } = spec;
    const handle = this.orchestrator.submit({
      ...limits,
      ...(key === undefined ? {} : { key }),
      id: `${id}`,
      dependsOn: dependsOn.map(String),
      signal: this.signal,
      retry: { attempts, delayMs: retryDelayMs, factor: 1, jitter: 'none' },
      run: ({ signal }) => {
        this.starts.push(id);
        // Never more functions than slots: those that were abandoned aside.
        const { running, maxConcurrent, abandonedRunning } = this.orchestrator.stats();
        expect(running).toBeLessThanOrEqual(maxConcurrent);
        expect(this.#active.length + 1).toBeLessThanOrEqual(running + abandonedRunning);
        return new Promise<void>((resolve, reject) => {
          const run = { resolve, reject };
          this.#active.push(run);
          if (stubborn) return;
          signal.addEventListener('abort', () => {
            this.#active = this.#active.filter((other) => other !== run);
            reject(signal.reason);
          });
        });
      },
    });
    this.handles.push(handle);
    this.model.submit({ ...spec, dependsOn });
  }

  #return(which: number, ok: boolean): void {
    const index = which % Math.max(1, this.#active.length);
    const run = this.#active[index];
    const modelRun = this.model.active[index];
    expect(this.#active.length).toBe(this.model.active.length);
    if (run === undefined || modelRun === undefined) return;
    this.#active.splice(index, 1);
    if (ok) run.resolve();
    else run.reject(new Error('failed'));
    this.model.return(modelRun, ok);
  }

  #pick(which: number): number {
    return which % Math.max(1, this.handles.length);
  }
}

/** Runs so many random histories, and compares after every step of each. */
export async function checkHistories(histories: number): Promise<void> {
  const seen = { starts: 0, preempted: 0, retried: 0, abandoned: 0, timedOut: 0, waited: 0 };
  await fc.assert(
    fc.asyncProperty(
      setup,
      fc.array(step, { minLength: 5, maxLength: 40 }),
      async (limits, steps) => {
        const pair = new Pair(limits);
        pair.orchestrator.on('task.waiting', () => {
          seen.waited += 1;
        });
        for (const each of steps) await pair.run(each);
        await pair.finishAll();

        // Every handle has settled, exactly once, and nothing is left behind.
        expect([...pair.endings.values()].every((times) => times === 1)).toBe(true);
        expect(pair.endings.size).toBe(pair.handles.length);
        for (const { outcome, state } of pair.handles) expect((await outcome).state).toBe(state);
        expect(getEventListeners(pair.signal, 'abort')).toEqual([]);
        expect(pair.clock.pendingTimers).toBe(0);

        const { preempted, retried, abandoned, timedOut } = pair.orchestrator.stats();
        seen.starts += pair.starts.length;
        seen.preempted += preempted;
        seen.retried += retried;
        seen.abandoned += abandoned;
        seen.timedOut += timedOut;
      },
    ),
    { numRuns: histories },
  );
  // The histories were not idle ones.
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(histories / 250);
}
