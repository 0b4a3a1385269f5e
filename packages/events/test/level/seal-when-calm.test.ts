import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sealWhenCalm } from '../../src/level/sealed/seal-when-calm.ts';
import type { Sealer } from '../../src/level/sealed/sealer.ts';

const windowLength = 8_192;

/** Seals windows of a log that is only a number; each takes a while. */
function countingSealer(sealTime = 10) {
  const state = { records: 0, sealed: 0, stopped: false };
  const backlog = () => ({ records: state.records, isFull: state.records >= windowLength });
  const sealer: Sealer = {
    backlog,
    async seal(goOn = () => true) {
      while (backlog().isFull && goOn() && !state.stopped) {
        await new Promise((resolve) => setTimeout(resolve, sealTime));
        state.records -= windowLength;
        state.sealed += 1;
      }
    },
    written() {},
    failedWrite: () => null,
    async stop() {
      state.stopped = true;
    },
  };
  return { sealer, state };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('sealing in calm moments', () => {
  it('seals all full windows once nothing is written for a while', async () => {
    const { sealer, state } = countingSealer();
    const sealing = sealWhenCalm(sealer, 1_000);
    state.records = 5 * windowLength + 10;
    sealing.written(5 * windowLength + 10, 0);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(state.sealed).toBe(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(state.sealed).toBe(5);
  });

  it('a slow steady load does not keep it from sealing', async () => {
    const { sealer, state } = countingSealer();
    const sealing = sealWhenCalm(sealer, 1_000);
    let most = 0;
    for (let second = 0; second < 200; second++) {
      state.records += 900;
      sealing.written(900, 0);
      await vi.advanceTimersByTimeAsync(1_000);
      most = Math.max(most, state.records);
    }
    expect(most).toBeLessThan(2 * windowLength);
    expect(state.sealed).toBe(Math.floor((200 * 900) / windowLength));
  });

  it('a burst is left alone, also in the middle of sealing, up to a bounded backlog', async () => {
    const { sealer, state } = countingSealer(2_000);
    const sealing = sealWhenCalm(sealer, 1_000);
    const burst = async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        state.records += 10_000;
        sealing.written(10_000, 0);
        await vi.advanceTimersByTimeAsync(1_000);
      }
    };
    await burst(20);
    expect(state.sealed).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000); // calm: it begins
    await burst(4);
    expect(state.sealed).toBe(1); // and gives way after the window under way
    expect(state.records).toBe(240_000 - windowLength);
  });

  it('under a heavy load that never ends the backlog stays bounded', async () => {
    const { sealer, state } = countingSealer();
    const sealing = sealWhenCalm(sealer, 1_000);
    let most = 0;
    for (let second = 0; second < 120; second++) {
      state.records += 10_000;
      sealing.written(10_000, 0);
      await vi.advanceTimersByTimeAsync(1_000);
      most = Math.max(most, state.records);
    }
    expect(most).toBeLessThan(262_144 + 2 * 10_000);
    expect(state.sealed).toBeGreaterThan(100);
  });

  it('stops for good when sealing failed', async () => {
    const { sealer, state } = countingSealer();
    const seal = vi.fn(() => Promise.reject(new Error('no room')));
    const sealing = sealWhenCalm({ ...sealer, seal }, 1_000);
    state.records = windowLength;
    for (let second = 0; second < 5; second++) {
      sealing.written(1, 0);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(seal).toHaveBeenCalledTimes(1);
  });

  it('nothing runs after a stop, nor ever with an infinite interval', async () => {
    const { sealer, state } = countingSealer();
    const sealing = sealWhenCalm(sealer, 1_000);
    state.records = windowLength;
    sealing.written(1, 0);
    await sealing.stop();
    const never = sealWhenCalm(sealer, Number.POSITIVE_INFINITY);
    never.written(1, 0);
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(state.sealed).toBe(0);
  });
});
