import {
  codingEvents,
  createMemoryEventStore,
  type Event,
  type EventStore,
  IntegrityError,
  type NewEvent,
  StoreLockedError,
  StoreUnavailableError,
} from '@org/events';
import { createSandboxRunner } from '@org/workflow/sandbox';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TestRunner } from '../../src/test-runner.ts';
import { world } from './world.ts';

let testRunner: TestRunner;
beforeAll(async () => {
  testRunner = await createSandboxRunner();
});
afterAll(() => testRunner.close());

/** A real store whose appends can be made to fail, as a full disk makes them fail. */
function troubledStore() {
  const store = createMemoryEventStore(codingEvents);
  let trouble: (() => Error) | null = null;
  const append: EventStore<Event, NewEvent>['append'] = async (...given) => {
    if (trouble !== null) throw trouble();
    return store.append(...given);
  };
  return {
    store: { ...store, append } as EventStore<Event, NewEvent>,
    fail(error: () => Error) {
      trouble = error;
    },
    mend() {
      trouble = null;
    },
  };
}

const away = () => new StoreUnavailableError({ reason: 'no space left on device', cause: null });

describe('a store that takes no events', () => {
  it('the running step finishes, its events wait in order, the next step waits; then all is stored', async () => {
    const troubled = troubledStore();
    await using w = await world({ testRunner, store: troubled.store, tokensPerSecond: 200 });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'MODULE_ITERATION');
    troubled.fail(away);
    await vi.waitFor(() => expect(w.workflow.figures().waitingForStore).toBe(1));
    const calls = w.standIn.requests('/api/chat').length;
    expect((await w.types(taskId)).at(-1)).toBe('MODULE_ITERATION');
    // The code was written once; nothing more is asked while its event waits.
    expect(w.standIn.requests('/api/chat').map((request) => request.rule)).toEqual([
      'plan',
      'code',
    ]);
    expect(w.standIn.requests('/api/chat')).toHaveLength(calls);
    troubled.mend();
    await w.until(taskId, 'TASK_COMPLETE');
    expect(w.workflow.figures().waitingForStore).toBe(0);
    const rules = w.standIn.requests('/api/chat').map((request) => request.rule);
    expect(rules).toEqual(['plan', 'code', 'tests']);
  });

  it('commands are refused meanwhile and nothing is reported as stored that is not', async () => {
    const troubled = troubledStore();
    await using w = await world({ testRunner, store: troubled.store, tokensPerSecond: 100 });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'MODULE_ITERATION');
    troubled.fail(away);
    const refused = { code: 'UNAVAILABLE', retryAfterSeconds: expect.any(Number) };
    await expect(
      w.workflow.intervene(taskId, { kind: 'guidance', text: 'x', questionId: null, plan: null }),
    ).rejects.toMatchObject(refused);
    await expect(w.workflow.cancel(taskId)).rejects.toMatchObject(refused);
    await expect(w.workflow.start({ prompt: 'Another', taskId: 'other' })).rejects.toMatchObject(
      refused,
    );
    expect(w.workflow.figures().unfinished).toBe(1);
    troubled.mend();
    await w.until(taskId, 'TASK_COMPLETE');
    expect(await w.types(taskId)).not.toContain('USER_INTERVENTION');
    expect(await w.events('other')).toEqual([]);
  });

  it.each([
    [
      'damage',
      () => new IntegrityError({ sequence: 3, reason: 'the record does not match its checksum' }),
    ],
    [
      'lost ownership',
      () => new StoreLockedError({ path: 'events', owner: null, advice: 'another process has it' }),
    ],
  ])('%s stops the task instead of waiting', async (_, error) => {
    const troubled = troubledStore();
    const faults: unknown[] = [];
    await using w = await world({
      testRunner,
      store: troubled.store,
      tokensPerSecond: 200,
      options: { hooks: { onError: (fault) => faults.push(fault) } },
    });
    const { taskId } = await w.workflow.start({ prompt: 'Write a sum function' });
    await w.until(taskId, 'MODULE_ITERATION');
    troubled.fail(error);
    await w.workflow.onIdle();
    expect(faults).toContainEqual(expect.objectContaining({ code: error().code }));
    expect((await w.types(taskId)).at(-1)).toBe('MODULE_ITERATION');
  });
});
