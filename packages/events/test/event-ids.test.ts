import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addEventId, type EventIds, hasEventId, noEventIds } from '../src/coding/event-ids.ts';

const id = fc.oneof(
  fc.nat(400).map((n) => `${n}`),
  fc.uuid({ version: 7 }),
);

it('has exactly the ids that were added, in any order and number, and leaves every earlier set as it was', () => {
  fc.assert(
    fc.property(fc.array(id, { maxLength: 500, size: 'max' }), id, (added, other) => {
      const sets: EventIds[] = [noEventIds];
      for (const one of added) sets.push(addEventId(sets.at(-1) ?? noEventIds, one));
      for (const count of [0, added.length >> 1, added.length]) {
        const ids = sets[count] ?? noEventIds;
        const expected = new Set(added.slice(0, count));
        for (const one of [...added, other]) expect(hasEventId(ids, one)).toBe(expected.has(one));
      }
    }),
    { numRuns: 30 },
  );
});

it('keeps few runs, each longer than the next', () => {
  let ids = noEventIds;
  for (let n = 0; n < 10_000; n++) ids = addEventId(ids, `${(n * 7_919) % 10_000}`);
  const lengths = ids.runs.map((run) => run.length);
  expect(lengths.length).toBeLessThan(10);
  expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
  for (const run of ids.runs) expect(run).toEqual(run.toSorted());
});
