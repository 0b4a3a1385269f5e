import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VersionedState } from '../src/index.ts';

describe('VersionedState', () => {
  it('gate 4.7: VersionedState refuses v2 after v3; one of two concurrent v2 wins', async () => {
    const state = new VersionedState<string>();
    expect(state.update(3, 'three')).toEqual({ accepted: true, version: 3 });
    expect(state.update(2, 'two')).toEqual({ accepted: false, version: 2, current: 3 });
    expect(state.getState()).toBe('three');

    const raced = new VersionedState<string>();
    const outcomes = await Promise.all(
      ['a', 'b'].map(async (name) => raced.update(2, name).accepted),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(raced.getStateAt(2)).toBe('a');
  });

  it('is at version 0 and without a state at first', () => {
    const state = new VersionedState<string>();
    expect(state.getCurrentVersion()).toBe(0);
    expect(state.getState()).toBeUndefined();
  });

  it('accepts 0 as the first version, once', () => {
    const state = new VersionedState<string>();
    expect(state.update(0, 'zero').accepted).toBe(true);
    expect(state.update(0, 'again').accepted).toBe(false);
    expect(state.getState()).toBe('zero');
  });

  it('accepts gaps and versions beyond 2^31', () => {
    const state = new VersionedState<string>();
    state.update(5, 'five');
    expect(state.update(2 ** 31, 'far').accepted).toBe(true);
    expect(state.getCurrentVersion()).toBe(2_147_483_648);
    expect(state.getStateAt(5)).toBe('five');
    expect(state.getStateAt(6)).toBeUndefined();
  });

  it('refuses what is no version', () => {
    const state = new VersionedState<string>();
    for (const version of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => state.update(version, 'x')).toThrow(RangeError);
    }
  });

  it('keeps only as many versions as asked', () => {
    const state = new VersionedState<number>({ keep: 2 });
    for (const version of [1, 2, 3]) state.update(version, version);
    expect([1, 2, 3].map((version) => state.getStateAt(version))).toEqual([undefined, 2, 3]);
  });

  it('ends at the greatest version, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), (versions) => {
        const state = new VersionedState<number>();
        const accepted = versions.filter((version) => state.update(version, version).accepted);
        expect(state.getState()).toBe(Math.max(...versions));
        expect(accepted).toEqual([...new Set(accepted)].sort((a, b) => a - b));
      }),
    );
  });
});
