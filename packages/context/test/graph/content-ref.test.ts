import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentOf } from '../../src/graph/nodes/content-ref.ts';

describe('contentOf', () => {
  it('gives the lines that a ref names, as they stand', () => {
    const text = fc.array(fc.constantFrom('', 'a', 'bc', '\r', '#L1-2'), { maxLength: 8 });
    const line = fc.integer({ min: 1, max: 10 });
    fc.assert(
      fc.property(text, line, line, (lines, first, last) => {
        const contents = new Map([['a.py', lines.join('\n')]]);
        expect(contentOf(contents, `a.py#L${first}-${last}`)).toBe(
          lines
            .join('\n')
            .split('\n')
            .slice(first - 1, last)
            .join('\n'),
        );
      }),
    );
  });

  it('knows no lines of what it does not have', () => {
    expect(contentOf(new Map(), 'a.py#L1-2')).toBeNull();
    expect(contentOf(new Map([['a.py', 'x']]), 'b.py')).toBeNull();
  });
});
