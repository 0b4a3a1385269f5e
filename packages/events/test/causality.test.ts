import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyEvent, EventOrdering, VectorClock } from '../src/index.ts';

const { causalChain, causalSort, readCausalChain } = EventOrdering;

function event(eventId: string, fields: Partial<AnyEvent> = {}): AnyEvent {
  return {
    eventId,
    taskId: 'task-1',
    eventType: 'HAPPENED',
    timestamp: '2026-11-23T10:00:00.000Z',
    sequence: 0,
    version: 0,
    codeVersion: 0,
    codeHash: null,
    vectorClock: {},
    causationId: null,
    correlationId: null,
    schemaVersion: 1,
    data: {},
    ...fields,
  };
}

const ids = (events: readonly AnyEvent[]) => events.map(({ eventId }) => eventId).join(' ');

describe('causalChain', () => {
  const root = event('root');
  const middle = event('middle', { causationId: 'root' });
  const leaf = event('leaf', { causationId: 'middle' });

  it('walks causation to its root', () => {
    const chain = causalChain('leaf', [root, event('else'), leaf, middle]);
    expect(ids(chain.events)).toBe('leaf middle root');
    expect(chain).toMatchObject({ end: 'root', danglingId: null });
  });

  it('tolerates a gap, and says where it is', () => {
    expect(causalChain('leaf', [root, leaf])).toEqual({
      events: [leaf],
      end: 'missing',
      danglingId: 'middle',
    });
    expect(causalChain('nobody', [root])).toEqual({
      events: [],
      end: 'missing',
      danglingId: 'nobody',
    });
  });

  it('tolerates a cycle, of one event too', () => {
    const a = event('a', { causationId: 'b' });
    const b = event('b', { causationId: 'a' });
    expect(causalChain('a', [a, b])).toEqual({ events: [a, b], end: 'cycle', danglingId: 'a' });
    const self = event('self', { causationId: 'self' });
    expect(causalChain('self', [self])).toMatchObject({ events: [self], end: 'cycle' });
  });

  it('walks 100 000 events', () => {
    const events = Array.from({ length: 100_000 }, (_, i) =>
      event(`${i}`, { causationId: i === 0 ? null : `${i - 1}` }),
    );
    expect(causalChain('99999', events).events).toHaveLength(100_000);
  });

  it('reads the same chain from a store', async () => {
    const stored = new Map([root, middle, leaf].map((one) => [one.eventId, one]));
    const store = { getEvent: async (id: string) => stored.get(id) };
    expect(await readCausalChain('leaf', store)).toEqual(causalChain('leaf', stored.values()));
    stored.delete('root');
    expect(await readCausalChain('leaf', store)).toMatchObject({
      end: 'missing',
      danglingId: 'root',
    });
  });
});

describe('causalSort', () => {
  it('puts what happens before something before it, whatever the sequence says', () => {
    const late = event('late', { sequence: 1, vectorClock: { a: 2 } });
    const early = event('early', { sequence: 2, vectorClock: { a: 1 } });
    expect(ids(causalSort([late, early]))).toBe('early late');
  });

  it('orders by causation across tasks', () => {
    const effect = event('effect', { taskId: 'other', sequence: 1, causationId: 'cause' });
    const cause = event('cause', { sequence: 2, vectorClock: { a: 9 } });
    expect(ids(causalSort([effect, cause]))).toBe('cause effect');
  });

  it('does not compare the clocks of different tasks', () => {
    const a = event('a', { taskId: 'A', vectorClock: { p: 1 }, causationId: 'b' });
    const b = event('b', { taskId: 'B', vectorClock: { p: 2 } });
    expect(ids(causalSort([a, b]))).toBe('b a');
  });

  it('orders concurrent events by sequence, those not appended last, then by id; timestamps never decide', () => {
    const events = [
      event('c', { timestamp: '2020-01-01T00:00:00.000Z' }),
      event('b'),
      event('x', { sequence: 2, timestamp: '2019-01-01T00:00:00.000Z' }),
      event('y', { sequence: 1 }),
    ];
    expect(ids(causalSort(events))).toBe('y x b c');
  });

  it('lets the clocks decide where causation contradicts them or goes round', () => {
    const a = event('a', { vectorClock: { p: 1 }, causationId: 'b' });
    const b = event('b', { vectorClock: { p: 2 } });
    expect(ids(causalSort([b, a]))).toBe('a b');
    const x = event('x', { causationId: 'y' });
    const y = event('y', { causationId: 'x' });
    const after = event('after', { causationId: 'x' });
    expect(ids(causalSort([after, y, x]))).toBe('x after y');
  });

  const events = fc
    .uniqueArray(
      fc.record({
        id: fc.nat(30),
        task: fc.constantFrom('A', 'B'),
        cause: fc.option(fc.nat(30)),
        clock: fc.dictionary(fc.constantFrom('p', 'q'), fc.nat(4)),
        sequence: fc.nat(20),
      }),
      { selector: ({ id }) => id, maxLength: 20 },
    )
    .map((drafts) =>
      drafts.map(({ id, task, cause, clock, sequence }) =>
        event(`${id}`, {
          taskId: task,
          causationId: cause === null ? null : `${cause}`,
          vectorClock: clock,
          sequence,
        }),
      ),
    );

  it('gives back the same events in the same order for every order they come in', () => {
    fc.assert(
      fc.property(
        events.chain((given) =>
          fc.tuple(
            fc.constant(given),
            fc.shuffledSubarray(given, { minLength: given.length, maxLength: given.length }),
          ),
        ),
        ([given, shuffled]) => {
          const sorted = causalSort(given);
          expect(causalSort(shuffled)).toEqual(sorted);
          expect(new Set(sorted)).toEqual(new Set(given));
          expect(sorted).toHaveLength(given.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is a linear extension of clocks always, and of causation wherever that does not go round', () => {
    fc.assert(
      fc.property(events, (given) => {
        const sorted = causalSort(given);
        const at = new Map(sorted.map((one, index) => [one.eventId, index]));
        const before = (a: AnyEvent, b: AnyEvent) =>
          a.taskId === b.taskId && VectorClock.happensBefore(a.vectorClock, b.vectorClock);
        const causes = (a: AnyEvent, b: AnyEvent) => b.causationId === a.eventId && a !== b;
        const reaches = (from: AnyEvent, to: AnyEvent, seen = new Set<AnyEvent>()): boolean =>
          given.some((next) => {
            if (seen.has(next) || !(before(from, next) || causes(from, next))) return false;
            if (next === to) return true;
            seen.add(next);
            return reaches(next, to, seen);
          });
        for (const a of given) {
          for (const b of given) {
            const mustPrecede = before(a, b) || (causes(a, b) && !reaches(b, a));
            if (mustPrecede) expect(at.get(a.eventId)).toBeLessThan(at.get(b.eventId) ?? -1);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
