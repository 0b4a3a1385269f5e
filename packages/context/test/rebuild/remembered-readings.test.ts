import { describe, expect, it } from 'vitest';
import { RememberedReadings } from '../../src/rebuild/nodes/remembered-readings.ts';

const readings = () => new RememberedReadings<number>({ most: 3, mostCharacters: 10 });

describe('RememberedReadings', () => {
  it('forgets what it has before it holds more texts than it may', () => {
    const kept = readings();
    for (const [i, text] of ['a', 'b', 'c'].entries()) kept.set(text, i);
    expect(kept.get('a')).toBe(0);
    kept.set('d', 3);
    expect(['a', 'b', 'c', 'd'].map((text) => kept.get(text))).toEqual([
      undefined,
      undefined,
      undefined,
      3,
    ]);
  });

  it('forgets what it has before the texts are longer together than they may be', () => {
    const kept = readings();
    kept.set('aaaaaa', 1);
    kept.set('bbbb', 2);
    expect(kept.get('aaaaaa')).toBe(1);
    kept.set('c', 3);
    expect(kept.get('aaaaaa')).toBeUndefined();
    kept.set('ddddddddd', 4);
    expect([kept.get('c'), kept.get('ddddddddd')]).toEqual([3, 4]);
  });

  it('does not keep a text that is too long, and what it has stays', () => {
    const kept = readings();
    kept.set('a', 1);
    kept.set('b'.repeat(11), 2);
    expect([kept.get('a'), kept.get('b'.repeat(11))]).toEqual([1, undefined]);
  });
});
