import { describe, expect, it } from 'vitest';
import { killAndRestart, wholeHistory } from '../crash.ts';

/** A small seeded generator (mulberry32), so that every run kills at the same moments. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('SIGKILL of the whole server', () => {
  let kills = 0;

  it.each(wholeHistory.slice(0, -1).map((type, index) => ({ type, afterEvents: index + 1 })))(
    'at the boundary behind event $afterEvents, $type: the same end',
    async ({ afterEvents }) => {
      await killAndRestart([{ afterEvents, delayMs: 0 }]);
      kills += 1;
    },
  );

  it('20 times in a row in mid-step: the same end each time', async () => {
    const random = seeded(20);
    for (let round = 0; round < 20; round += 1) {
      await killAndRestart([
        {
          afterEvents: 1 + Math.floor(random() * (wholeHistory.length - 1)),
          delayMs: Math.floor(random() * 120),
        },
      ]);
      kills += 1;
    }
  });

  it('says how often it killed', () => {
    console.log(`${kills} kills of a server in mid-task, none lost or repeated a step`);
    expect(kills).toBe(wholeHistory.length - 1 + 20);
  });
});
