import { expect, it } from 'vitest';
import { enterHost } from '../src/ollama/host-gate.ts';
import { failure } from './stand-in-scene.ts';

/** Settled or not, without waiting. */
async function isOpen(entry: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turn = new Promise((resolve) => setImmediate(resolve, pending));
  return (await Promise.race([entry, turn])) !== pending;
}

it('lets requests in first come, first served, as places come free', async () => {
  const first = await enterHost('gate-1', { limit: 1 });
  const [second, third] = [enterHost('gate-1', { limit: 1 }), enterHost('gate-1', { limit: 1 })];
  expect(await isOpen(second)).toBe(false);
  first();
  first(); // giving a place back twice frees it once
  expect(await isOpen(second)).toBe(true);
  expect(await isOpen(third)).toBe(false);
  (await second)();
  (await third)();
});

it('keeps hosts apart', async () => {
  const here = await enterHost('gate-2', { limit: 1 });
  const there = await enterHost('gate-3', { limit: 1 });
  here();
  there();
});

it('lets those behind move up when one leaves the line', async () => {
  const first = await enterHost('gate-4', { limit: 1 });
  const stop = new AbortController();
  const strict = failure(enterHost('gate-4', { limit: 1, signal: stop.signal }));
  const relaxed = enterHost('gate-4', { limit: 2 });
  expect(await isOpen(relaxed)).toBe(false);
  stop.abort(new Error('left'));
  expect(await strict).toEqual(new Error('left'));
  expect(await isOpen(relaxed)).toBe(true);
  first();
  (await relaxed)();
});
