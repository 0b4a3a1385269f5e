import { describe, expect, it } from 'vitest';
import { change, count, filled, flip, mark, open, recordOf, repaired } from './logged-store.ts';

const from = (first: number) => Array.from({ length: count - first + 1 }, (_, i) => first + i);

describe("repair of LevelDB's log", () => {
  it('loses nothing when LevelDB would drop records whose own checksum is damaged', async () => {
    const path = await filled();
    change(path, (log) => {
      flip(log, recordOf(log, 1));
      flip(log, recordOf(log, 150));
      flip(log, recordOf(log, count - 9));
    });
    await expect(open(path)).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(await repaired(path)).toEqual({ head: count, lost: [], acknowledged: count });
  });

  it('keeps all before a damaged event, also those of its own batch, and saves all behind it', async () => {
    for (const damaged of [100, count - 3]) {
      const path = await filled();
      change(path, (log) => flip(log, log.indexOf(mark(damaged)) + 20));
      expect(await repaired(path)).toEqual({
        head: damaged - 1,
        lost: from(damaged + 1),
        acknowledged: count,
      });
    }
  });

  it('a flipped bit in the key of an event costs that event alone, however far behind the end it leads', async () => {
    const path = await filled();
    // 36 ** 8 events behind the last, if the key were to be believed.
    change(path, (log) => flip(log, recordOf(log, 150) + 7 + 12 + 2 + 4));
    expect(await repaired(path)).toEqual({ head: 149, lost: from(151), acknowledged: count });
  });

  it('finds the events of a block whose records have lost their framing', async () => {
    const path = await filled();
    change(path, (log) => flip(log, recordOf(log, 20) + 5, 7)); // a length that leads out of the block
    const { head, lost } = await repaired(path);
    expect(head).toBeGreaterThan(20);
    expect(head + lost.length).toBeGreaterThanOrEqual(count - 1); // one may lie across the block's end
  });
});
