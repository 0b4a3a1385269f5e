import {
  codingEvents,
  createMemoryEventStore,
  type Event,
  type EventStore,
  type NewEvent,
  StoreUnavailableError,
} from '@org/events';
import { describe, expect, it } from 'vitest';
import { change, planOf, quickRules, quickWorld } from './world.ts';

const prompt = 'Write a sum function';
type Store = EventStore<Event, NewEvent>;

/**
 * A store in which a reading of a task takes until it is let go: the second one of such a log. The first
 * belongs to the append that made it so; the second is the runner's, which then decides what is next.
 */
function slowReading(isSlow: (events: readonly Event[]) => boolean) {
  const store = createMemoryEventStore(codingEvents);
  const reached = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  let readings = 0;
  const getEvents: Store['getEvents'] = async (...given) => {
    const news = await store.getEvents(...given);
    if (isSlow(await store.getEvents(given[0]))) readings += 1;
    if (readings === 2) {
      readings += 1;
      reached.resolve();
      await letGo.promise;
    }
    return news;
  };
  return {
    store: { ...store, getEvents } as Store,
    reached: reached.promise,
    letGo: letGo.resolve,
  };
}

/** Answers that ask a question first, and plan once it is answered. */
const asking = [
  ...quickRules().filter((rule) => rule.name !== 'plan'),
  {
    when: { lastContains: ['Plan this task.'], notContains: ['Only integers'] },
    answer: { json: { modules: [], questions: ['Integers only?'] } },
  },
  { ...planOf('sum.js'), when: { lastContains: ['Plan this task.', 'Only integers'] } },
];

const last = (events: readonly Event[]) => events.at(-1)?.eventType;

describe('what is stored while the log is read', () => {
  it('an answer is not slept through: the task goes on', async () => {
    const slow = slowReading((events) => last(events) === 'PLANNING_COMPLETE');
    await using w = await quickWorld({
      store: slow.store,
      rules: asking,
    });
    const { taskId } = await w.workflow.start({ prompt });
    await slow.reached;
    await w.workflow.intervene(taskId, change('answer', { text: 'Only integers' }));
    slow.letGo();
    await w.until(taskId, 'TASK_COMPLETE');
    await slow.store.close();
  });

  it('a resume is not slept through', async () => {
    const slow = slowReading(
      (events) =>
        last(events) === 'PLANNING_COMPLETE' &&
        events.some(({ eventType }) => eventType === 'USER_INTERVENTION'),
    );
    await using w = await quickWorld({ store: slow.store, tokensPerSecond: 50 });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'TASK_STARTED');
    await w.workflow.intervene(taskId, change('pause'));
    await slow.reached;
    await w.workflow.intervene(taskId, change('resume'));
    slow.letGo();
    await w.until(taskId, 'TASK_COMPLETE');
    await slow.store.close();
  });
});

describe('what a user says between an append and the reading after it', () => {
  it('every event is told of exactly once, the runner’s and the user’s', async () => {
    const store = createMemoryEventStore(codingEvents);
    const told: number[] = [];
    let said = false;
    const append: Store['append'] = async (...given) => {
      const result = await store.append(...given);
      if (!said && result.events.some(({ eventType }) => eventType === 'CODE_GENERATED')) {
        said = true;
        await w.workflow.intervene(given[0], change('guidance', { text: 'be brief' }));
      }
      return result;
    };
    await using w = await quickWorld({
      store: { ...store, append } as Store,
      options: { broadcast: ({ sequence }) => void told.push(sequence) },
    });
    const { taskId } = await w.workflow.start({ prompt });
    await w.workflow.onIdle();
    const stored = (await store.getEvents(taskId)).map(({ sequence }) => sequence);
    expect(told.toSorted((a, b) => a - b)).toEqual(stored);
    await store.close();
  });

  it('an append that is stored although it failed is told of once, and nothing is stored twice', async () => {
    const store = createMemoryEventStore(codingEvents);
    const told: number[] = [];
    const failed = new Set<string>();
    const append: Store['append'] = async (...given) => {
      const result = await store.append(...given);
      const type = result.events[0]?.eventType ?? '';
      if (given[2]?.process !== 'workflow' || failed.has(type)) return result;
      failed.add(type);
      throw new StoreUnavailableError({ reason: 'the answer was lost', cause: null });
    };
    await using w = await quickWorld({
      store: { ...store, append } as Store,
      options: { broadcast: ({ sequence }) => void told.push(sequence) },
    });
    const { taskId } = await w.workflow.start({ prompt });
    await w.workflow.onIdle();
    const events = await store.getEvents(taskId);
    expect(failed.size).toBeGreaterThan(5);
    expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter(({ eventType }) => eventType === 'TASK_COMPLETE')).toHaveLength(1);
    expect(told.toSorted((a, b) => a - b)).toEqual(events.map(({ sequence }) => sequence));
    await store.close();
  });
});

describe('what a user asks for and the store loses the answer to', () => {
  /** A store that stores the next event of this type, and says that it could not. */
  function lossyStore(type: Event['eventType']) {
    const store = createMemoryEventStore(codingEvents);
    let lost = false;
    const append: Store['append'] = async (...given) => {
      const result = await store.append(...given);
      if (lost || result.events[0]?.eventType !== type) return result;
      lost = true;
      throw new StoreUnavailableError({ reason: 'the answer was lost', cause: null });
    };
    return { ...store, append } as Store;
  }

  it('a task that is stored all the same is done, and counts as unfinished until then', async () => {
    const store = lossyStore('TASK_CREATED');
    await using w = await quickWorld({ store });
    const task = { prompt, taskId: 'one' };
    await expect(w.workflow.start(task)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await w.until('one', 'TASK_COMPLETE');
    await w.workflow.onIdle();
    expect(w.workflow.figures().unfinished).toBe(0);
    await store.close();
  });

  it('an answer that is stored all the same moves its task on', async () => {
    const store = lossyStore('USER_INTERVENTION');
    await using w = await quickWorld({
      store,
      rules: asking,
    });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'PLANNING_COMPLETE');
    const answer = change('answer', { text: 'Only integers' });
    await expect(w.workflow.intervene(taskId, answer)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await w.until(taskId, 'TASK_COMPLETE');
    await store.close();
  });

  it('a bug report that is stored all the same reopens its task', async () => {
    const store = lossyStore('BUG_REPORT_RECEIVED');
    await using w = await quickWorld({ store });
    const { taskId } = await w.workflow.start({ prompt });
    await w.until(taskId, 'DEAD_CODE_ANALYSIS');
    await w.workflow.onIdle();
    const report = {
      description: 'x',
      module: null,
      codeVersion: 1,
      codeHash: null,
      vectorClock: null,
    };
    await expect(w.workflow.reportBug(taskId, report)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await w.until(taskId, 'TASK_COMPLETE', 2);
    await store.close();
  });

  it('nothing is done where it was not stored, and a workflow that closes waits for nothing', async () => {
    const store = createMemoryEventStore(codingEvents);
    const append: Store['append'] = () =>
      Promise.reject(new StoreUnavailableError({ reason: 'away', cause: null }));
    await using w = await quickWorld({ store: { ...store, append } as Store });
    await expect(w.workflow.start({ prompt, taskId: 'one' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await w.workflow.onIdle();
    expect(w.workflow.figures()).toMatchObject({ unfinished: 0 });
    expect(await store.getEvents('one')).toEqual([]);
  });
});
