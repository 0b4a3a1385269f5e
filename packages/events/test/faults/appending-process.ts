/**
 * Opens the store of `argv[2]` and appends without end, in single events and in batches, from several
 * writers at once. For each acknowledged append it writes one line: first and last sequence, event ids.
 */
import { writeSync } from 'node:fs';
import { openLevelEventStore } from '@org/events/level';
import { contractEvents } from '@org/events/testing';

const path = process.argv[2] ?? '';
// Passed on to the log: small windows, so that many are sealed.
const options = { path, catalog: contractEvents, windowLength: 64, unsealedTail: 16 };
const store = await openLevelEventStore(options);
writeSync(1, 'open\n');

async function write(writer: number): Promise<void> {
  for (let n = 0; ; n++) {
    const size = n % 7 === 0 ? 1 + (n % 40) : 1;
    const events = Array.from({ length: size }, (_, i) => ({
      eventType: 'NOTE' as const,
      data: { writer, n, i, text: 'x'.repeat((n * 37) % 900) },
    }));
    const result = await store.append(`task-${writer}`, events, { process: `p${writer}` });
    const ids = result.events.map((event) => event.eventId);
    writeSync(1, `${result.firstSequence} ${ids.join(',')}\n`);
  }
}

/** Seals without end, too: a kill may come at any instant of that. */
async function seal(): Promise<void> {
  for (;;) {
    await store.seal();
    await store.append('sealing', { eventType: 'NOTE', data: {} });
  }
}

await Promise.all([...[0, 1, 2, 3, 4].map(write), seal()]);
