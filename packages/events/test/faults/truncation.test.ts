import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { isEventsError } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { contractEvents } from '@org/events/testing';
import { expect, it } from 'vitest';
import { copyClosed, quickFolder } from './store-files.ts';

const open = (path: string) => openLevelEventStore({ path, catalog: contractEvents });

function walOf(path: string): string {
  const name = readdirSync(join(path, 'log')).find((file) => file.endsWith('.log'));
  if (name === undefined) throw new Error('LevelDB has no log file');
  return join(path, 'log', name);
}

it('the log cut at every byte offset recovers exactly a prefix of whole appends', async () => {
  const original = join(quickFolder(), 'original');
  const copy = join(quickFolder(), 'copy');
  const ends = [0];
  {
    await using store = await open(original);
    for (const size of [1, 3, 1, 2, 4, 1]) {
      const events = Array.from({ length: size }, (_, i) => ({
        eventType: 'NOTE' as const,
        data: { i },
      }));
      ends.push((await store.append('a', events)).lastSequence);
    }
  }
  const { size } = statSync(walOf(original));
  const recovered = new Set<number>();
  let least = 0;
  let refused = 0;

  for (let length = 0; length <= size; length++) {
    copyClosed(original, copy);
    truncateSync(walOf(copy), length);
    const whole = length === size;
    // With the witness, a log that lost what was acknowledged is refused.
    try {
      await using store = await open(copy);
      expect((await store.head()).sequence, `cut to ${length} of ${size} bytes`).toBe(ends.at(-1));
      continue;
    } catch (error) {
      expect(whole, `cut to ${length} of ${size} bytes: ${String(error)}`).toBe(false);
      expect(isEventsError(error, 'INTEGRITY'), String(error)).toBe(true);
      refused += 1;
    }
    copyClosed(original, copy);
    truncateSync(walOf(copy), length);
    rmSync(join(copy, 'witness'));
    await using store = await open(copy);
    const { sequence } = await store.head();
    expect(ends, `cut to ${length} of ${size} bytes`).toContain(sequence);
    expect(sequence).toBeGreaterThanOrEqual(least);
    expect(store.opened.witness).toBe('missing');
    expect(await store.verify()).toMatchObject({ ok: true, events: sequence });
    expect(await store.getEvents('a')).toHaveLength(sequence);
    least = sequence;
    recovered.add(sequence);
  }

  expect([...recovered]).toEqual(ends.slice(0, -1));
  process.stdout.write(
    `truncation: ${size + 1} lengths; ${refused} refused by the witness; without it ${recovered.size} different prefixes, all of whole appends\n`,
  );
});
