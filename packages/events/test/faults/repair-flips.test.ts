import { expect, it } from 'vitest';
import { change, count, filled, flip, repaired } from '../level/logged-store.ts';
import { createRandom, seedOf } from './random.ts';

const flips = 100;

it(`repair saves every other event, whichever of ${flips} bits of LevelDB's log is flipped`, async () => {
  const path = await filled();
  const seed = seedOf(20_261_129);
  const random = createRandom(seed);
  let whole = 0;
  for (let round = 0; round < flips; round++) {
    let at = 0;
    let bit = 0;
    change(path, (log) => {
      at = random.below(log.length);
      bit = random.below(8);
      flip(log, at, bit);
    });
    const { head, lost } = await repaired(path);
    expect(head + lost.length, `bit ${bit} of byte ${at}`).toBeGreaterThanOrEqual(count - 2);
    if (head + lost.length === count) whole += 1;
    change(path, (log) => flip(log, at, bit));
  }
  process.stdout.write(
    `repair flips, seed ${seed}: ${flips} flips, all events saved after ${whole} of them, all but one or two after the others\n`,
  );
});
