import { expect, it } from 'vitest';
import { textFrame } from '../src/feed/text-frame.ts';

it.each([
  [0, '8100'],
  [125, '817d'],
  [126, '817e007e'],
  [65_535, '817effff'],
  [65_536, '817f0000000000010000'],
])('a text of %d bytes is framed with the header %s, and whole', (length, header) => {
  const text = Buffer.alloc(length, 'x');
  const frame = textFrame(text);
  const head = header.length / 2;
  expect(frame.toString('hex', 0, head)).toBe(header);
  expect(frame.subarray(head).equals(text)).toBe(true);
});
