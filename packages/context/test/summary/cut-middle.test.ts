import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAt, cutMiddle } from '../../src/summary/cut-middle.ts';

const count = (text: string) => Math.ceil(text.length / 4);

describe('cutMiddle', () => {
  it('leaves a text that fits as it is', () => {
    expect(cutMiddle('short', { maxTokens: 2, count })).toEqual({ text: 'short', kept: null });
  });

  it('keeps head and tail, says how much is missing, and cuts at line ends where one is near', () => {
    const text = Array.from({ length: 100 }, (_, index) => `line number ${index}`).join('\n');
    const cut = cutMiddle(text, { maxTokens: 60, count });
    expect(cut?.text).toMatch(
      /^line number 0\n[\s\S]*\nline number \d+\n\n\[… \d+ characters left out here …\]\nline number \d+\n[\s\S]*line number 99$/,
    );
  });

  it('gives null when not even the mark fits', () => {
    expect(cutMiddle('x'.repeat(1_000), { maxTokens: 3, count })).toBeNull();
  });

  it('keeps within the limit, never splits a character, and the same cut can be made again', () => {
    fc.assert(
      fc.property(
        fc.string({
          minLength: 60,
          maxLength: 250,
          unit: fc.constantFrom('a', ' ', '\n', 'é', '漢', '😀', '𝄞'),
        }),
        fc.integer({ min: 12, max: 60 }),
        (text, maxTokens) => {
          const cut = cutMiddle(text, { maxTokens, count });
          if (cut === null) return;
          expect(count(cut.text)).toBeLessThanOrEqual(
            Math.max(maxTokens, cut.kept === null ? count(text) : 0),
          );
          expect(Buffer.from(cut.text).toString()).toBe(cut.text);
          if (cut.kept !== null) expect(cutAt(text, cut.kept)).toBe(cut.text);
        },
      ),
      { numRuns: 60 },
    );
  });
});
