import { expect, it } from 'vitest';
import { createRowCache } from '../../src/level/row-cache.ts';

const row = (byteLength: number) => ({ byteLength });

it('keeps rows up to a number of bytes, and lets the least recently used go first', () => {
  const cache = createRowCache<{ readonly byteLength: number }>(30);
  cache.set('a', row(10));
  cache.set('b', row(10));
  cache.set('c', row(10));
  cache.get('a');
  cache.set('d', row(10));
  expect(['a', 'b', 'c', 'd'].filter((key) => cache.get(key))).toEqual(['a', 'c', 'd']);
});

it('a row that was dropped takes no room any longer', () => {
  const cache = createRowCache<{ readonly byteLength: number }>(30);
  cache.set('a', row(10));
  cache.set('b', row(20));
  cache.drop('b');
  cache.drop('b');
  cache.set('c', row(20));
  expect(['a', 'b', 'c'].filter((key) => cache.get(key))).toEqual(['a', 'c']);
});
