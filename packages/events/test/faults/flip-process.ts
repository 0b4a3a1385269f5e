/**
 * Flips bits, one at a time, in copies of the store of `argv[2]`, asks each copy everything and tells
 * what came of it, one JSON line per flip. `argv[3]`: where to copy to; then seed, first and last flip.
 *
 * A process of its own: LevelDB aborts where its own assertions meet damage.
 */
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isEventsError } from '@org/events';
import { ask, type FlipOutcome, openForFlips } from './flip-questions.ts';
import { createRandom } from './random.ts';
import { copyClosed, filesBelow } from './store-files.ts';

const [original = '', copy = '', seed = '', from = '', to = ''] = process.argv.slice(2);
const files = filesBelow(original).filter((name) => !/LOCK|owner/.test(name));

async function flip(number: number): Promise<FlipOutcome> {
  // Each flip has its own generator, so that a run can go on behind an abort.
  const random = createRandom(Number(seed) * 1_000_003 + number);
  const file = files[number % files.length] ?? '';
  copyClosed(original, copy);
  const bytes = readFileSync(join(copy, file));
  const at = random.below(bytes.length);
  const bit = random.below(8);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  writeFileSync(join(copy, file), bytes);
  const where = `${file} byte ${at} bit ${bit}`;

  const opened = await openForFlips(copy).catch((error: unknown) => {
    if (isEventsError(error) || (error instanceof Error && 'code' in error)) return null;
    throw error;
  });
  if (opened === null) return { kind: 'refused', where };
  const answers = await ask(opened.store);
  const report = await opened.log.verify();
  await opened.store.close();
  return { kind: 'opened', where, answers, verified: report.ok };
}

for (let number = Number(from); number < Number(to); number++) {
  writeSync(1, `${JSON.stringify(await flip(number))}\n`);
}
