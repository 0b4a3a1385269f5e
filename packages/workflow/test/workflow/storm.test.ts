import {
  codingEvents,
  createMemoryEventStore,
  type Event,
  type EventStore,
  type NewEvent,
  StoreUnavailableError,
} from '@org/events';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { codeOf, isWorkflowError } from '../../src/errors.ts';
import { fold } from '../../src/state/evolve.ts';
import { change, fenced, quickRules, quickWorld, type World } from './world.ts';

type Store = EventStore<Event, NewEvent>;

/** What may happen at any moment. */
const happenings = [
  'guidance',
  'pause',
  'resume',
  'plan',
  'plan again',
  'bug',
  'stale bug',
  'cancel',
  'start',
  'restart',
  'drain and restart',
  'store away',
  'store back',
  'model fails',
] as const;
type Happening = (typeof happenings)[number];
interface Moment {
  readonly happening: Happening;
  readonly task: number;
  /** Turns of the event loop before it. */
  readonly turns: number;
}

/** A store that can be away: an append then fails before it is stored or, every third time, after it. */
function moodyStore() {
  const real = createMemoryEventStore(codingEvents);
  const mood = { away: false };
  let failures = 0;
  const away = () => new StoreUnavailableError({ reason: 'away', cause: null });
  const append: Store['append'] = async (...given) => {
    if (!mood.away) return real.append(...given);
    failures += 1;
    if (failures % 3 === 0) await real.append(...given);
    throw away();
  };
  const getEvents: Store['getEvents'] = async (...given) => {
    if (mood.away && failures % 2 === 1) throw away();
    return real.getEvents(...given);
  };
  const health: Store['health'] = () =>
    mood.away ? { ...real.health(), status: 'degraded' } : real.health();
  return { mood, real, store: { ...real, append, getEvents, health } as Store };
}

const rules = [
  ...quickRules({ first: 'return a - b\n' }),
  { when: { lastContains: ['Write the file other.js.'] }, answer: fenced('return 1\n') },
  { when: { lastContains: ['Write the tests of other.js'] }, answer: fenced('is 1: return 1\n') },
  { when: { lastContains: ['of other.js'] }, answer: fenced('return 1\n') },
];
const tasks = ['task-0', 'task-1', 'task-2'];

function happen(w: World, mood: { away: boolean }, moment: Moment): Promise<unknown> | undefined {
  const taskId = tasks[moment.task] ?? '';
  const { workflow } = w;
  const plan = (names: readonly string[]) =>
    workflow.intervene(
      taskId,
      change('plan', {
        plan: names.map((name) => ({ name, purpose: `is ${name}`, dependsOn: [] })),
      }),
    );
  const bug = (codeVersion: number | null) =>
    workflow.reportBug(taskId, {
      description: 'wrong',
      module: null,
      codeVersion,
      codeHash: null,
      vectorClock: null,
    });
  const anew = async (mode: 'cancel' | 'drain') => {
    await workflow.close({ mode });
    (await w.restart()).resume();
  };
  switch (moment.happening) {
    case 'guidance':
      return workflow.intervene(taskId, change('guidance', { text: 'be brief' }));
    case 'pause':
    case 'resume':
      return workflow.intervene(taskId, change(moment.happening));
    case 'plan':
      return plan(['other.js']);
    case 'plan again':
      return plan(['sum.js', 'other.js']);
    case 'bug':
      return bug(null);
    case 'stale bug':
      return bug(1);
    case 'cancel':
      return workflow.cancel(taskId);
    case 'start':
      return workflow.start({ prompt: 'Write a sum function', taskId });
    case 'restart':
      return anew('cancel');
    case 'drain and restart':
      return anew('drain');
    case 'store away':
      mood.away = true;
      return undefined;
    case 'store back':
      mood.away = false;
      return undefined;
    case 'model fails':
      w.standIn.fault({ kind: 'busy' }, { times: 2 });
      return undefined;
  }
}

async function turn(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What may be refused, and nothing else: by the workflow in words, or because the store is away. */
function isRefusal(error: unknown): boolean {
  return isWorkflowError(error) || codeOf(error) === 'STORE_UNAVAILABLE';
}

const moment: fc.Arbitrary<Moment> = fc.record({
  happening: fc.constantFrom(...happenings),
  task: fc.nat({ max: tasks.length - 1 }),
  turns: fc.nat({ max: 60 }),
});

describe('a storm', () => {
  it('of users, restarts, a store and a model that come and go: every task ends, once, with a gapless log', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(moment, { minLength: 5, maxLength: 40 }), async (moments) => {
        const { store, real, mood } = moodyStore();
        const told: number[] = [];
        const errors: unknown[] = [];
        const refused: unknown[] = [];
        const doings: Promise<unknown>[] = [];
        await using w = await quickWorld({
          store,
          rules,
          options: {
            retryDelayMs: () => 1,
            broadcast: ({ sequence }) => void told.push(sequence),
            hooks: { onError: (error) => void errors.push(error) },
          },
        });
        for (const taskId of tasks.slice(1))
          await w.workflow.start({ prompt: 'Write a sum function', taskId });
        for (const next of moments) {
          await turn(next.turns);
          const doing = happen(w, mood, next)?.catch((error: unknown) => void refused.push(error));
          if (doing !== undefined) doings.push(doing);
          // A restart that has begun is not overtaken by the next one: there is one process.
          if (next.happening.includes('restart')) await doing;
        }
        mood.away = false;
        await Promise.all(doings);
        await vi.waitFor(async () => {
          for (const taskId of tasks) {
            const state = fold(await real.getEvents(taskId));
            if (state.paused && state.ended === null)
              await w.workflow.intervene(taskId, change('resume')).catch(() => undefined);
            if (state.task.taskId !== null) expect(state.ended).not.toBeNull();
          }
        }, 10_000);
        await w.workflow.onIdle();

        expect([...errors, ...refused].filter((error) => !isRefusal(error))).toEqual([]);
        expect(new Set(told).size).toBe(told.length);
        expect(w.workflow.figures()).toMatchObject({ unfinished: 0, waitingForStore: 0 });
        for (const taskId of tasks) {
          const events = await real.getEvents(taskId);
          if (events.length === 0) continue;
          const state = fold(events);
          expect(state.ended).not.toBeNull();
          expect(state.task.anomalies).toEqual([]);
          expect(events.map(({ version }) => version)).toEqual(events.map((_, n) => n + 1));
          const codes = events.filter(({ eventType }) => eventType === 'CODE_GENERATED');
          expect(codes.map(({ codeVersion }) => codeVersion)).toEqual(codes.map((_, n) => n + 1));
          const ends = events.filter(({ eventType }) =>
            /^TASK_(COMPLETE|FAILED|CANCELLED)$/.test(eventType),
          );
          const reopenings = events.filter(
            (event) => event.eventType === 'BUG_REPORT_RECEIVED' && event.data.accepted,
          );
          expect(ends.length).toBeLessThanOrEqual(reopenings.length + 1);
        }
        await real.close();
      }),
      { numRuns: 30, endOnFailure: true },
    );
  }, 60_000);
});
