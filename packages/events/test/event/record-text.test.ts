import { createEvent, fromJSON } from '@org/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyText, placeText } from '../../src/record-text.ts';

const anyText = fc.string({ unit: 'binary', minLength: 1 });
const anyName = fc.option(anyText);

describe("a record's text", () => {
  it('is JSON.stringify of the event, in two parts, whatever its names and its data hold', () => {
    const fields = fc.record({
      eventType: anyText,
      codeVersion: fc.maxSafeNat(),
      schemaVersion: fc.integer({ min: 1 }),
      codeHash: anyName,
      causationId: anyName,
      correlationId: anyName,
      vectorClock: fc.dictionary(anyText, fc.maxSafeNat(), { noNullPrototype: true }),
      data: fc.dictionary(anyText, fc.jsonValue(), { noNullPrototype: true }),
    });
    const taskId = anyText.filter((id) => id.trim() !== '' && id.isWellFormed());
    fc.assert(
      fc.property(taskId, fields, (id, given) => {
        const drafted = createEvent(`<${id}>`.slice(0, 200).toWellFormed(), given);
        const event = fromJSON({ ...drafted, sequence: 7, version: 3 });
        expect(placeText(event) + bodyText(event)).toBe(JSON.stringify(event));
      }),
    );
  });
});
