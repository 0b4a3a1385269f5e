import type { Event } from '@org/events';
import { describe, expect, it } from 'vitest';
import { RelevanceFilter } from '../src/index.ts';
import { TaskLog } from './task-log.ts';

/** 100 events that take turns between two modules, all at code version 3. */
function hundred(): Event[] {
  const log = new TaskLog();
  for (let n = 0; n < 100; n += 1)
    log.add(
      'MODULE_STARTED',
      { module: n % 2 === 0 ? 'a.py' : 'b.py' },
      { codeVersion: 3, causationId: null },
    );
  return log.events;
}

function current(overrides: Partial<Event> = {}): Event {
  const log = new TaskLog();
  const event = log.add(
    'MODULE_STARTED',
    { module: 'a.py' },
    { codeVersion: 3, causationId: null },
  );
  return {
    ...event,
    eventId: '00000000-0000-7000-8000-000000000000',
    sequence: 101,
    version: 101,
    ...overrides,
  } as Event;
}

const sequences = (events: readonly Event[]) => events.map(({ sequence }) => sequence);

describe('RelevanceFilter', () => {
  it('gate 3.8: 100 events, limit 10: exactly 10, relevant ones only, in sequence order', () => {
    const shuffled = hundred().toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));
    const kept = new RelevanceFilter({ limit: 10 }).filter(shuffled, current());
    expect(sequences(kept)).toEqual([81, 83, 85, 87, 89, 91, 93, 95, 97, 99]);
    for (const event of kept)
      expect(event.data).toEqual({ module: 'a.py', purpose: '', dependsOn: [] });
  });

  it('leaves out another task, another module and another code version', () => {
    const filter = new RelevanceFilter();
    expect(filter.filter(hundred(), current({ taskId: 'task-other' }))).toEqual([]);
    expect(filter.filter(hundred(), current({ codeVersion: 4 }))).toEqual([]);
    expect(filter.filter(hundred(), current())).toHaveLength(50);
  });

  it('keeps what is on the causal chain, whatever its module and version', () => {
    const log = new TaskLog();
    const root = log.add('TASK_CREATED', { prompt: 'x' }, { causationId: null });
    const plan = log.add('PLANNING_COMPLETE', { modules: [] }, { causationId: root.eventId });
    log.add('MODULE_STARTED', { module: 'b.py' }, { codeVersion: 1, causationId: null });
    const last = log.add(
      'MODULE_STARTED',
      { module: 'a.py' },
      { codeVersion: 2, causationId: plan.eventId },
    );
    expect(sequences(new RelevanceFilter().filter(log.events, last))).toEqual([1, 2]);
  });

  it('a broken chain gives what is there, and a circle ends', () => {
    const log = new TaskLog();
    const root = log.add('TASK_CREATED', { prompt: 'x' }, { causationId: null });
    const plan = log.add('PLANNING_COMPLETE', { modules: [] }, { causationId: root.eventId });
    const last = log.add(
      'MODULE_STARTED',
      { module: 'a.py' },
      { codeVersion: 2, causationId: plan.eventId },
    );
    expect(sequences(new RelevanceFilter().filter([root, last], last))).toEqual([]);
    expect(sequences(new RelevanceFilter().filter([plan, last], last))).toEqual([2]);
    const circle = [{ ...plan, causationId: last.eventId }, last] as Event[];
    expect(sequences(new RelevanceFilter().filter(circle, last))).toEqual([2]);
  });

  it('gives [] when all is irrelevant, when there is nothing, and at limit 0', () => {
    expect(new RelevanceFilter().filter([], current())).toEqual([]);
    expect(new RelevanceFilter({ limit: 0 }).filter(hundred(), current())).toEqual([]);
    expect(() => new RelevanceFilter({ limit: -1 })).toThrow(/limit/);
  });
});
