import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutComments } from '../../src/graph/code/without-comments.ts';
import { excerptOf } from '../../src/graph/retrieval/excerpt.ts';
import { focusWords } from '../../src/graph/retrieval/focus-words.ts';
import { NetworkedCache } from '../../src/index.ts';

const code = fc
  .array(
    fc.constantFrom('a();', '// b', '/*', ' * c', '*/', '`', '"""', '# d', '', '/* e */', 'f(a)'),
  )
  .map((lines) => lines.join('\n'));

function isSubsequence(part: string, whole: string): boolean {
  const rest = whole.split('\n');
  return part.split('\n').every((line) => {
    const at = rest.indexOf(line);
    rest.splice(0, at + 1);
    return at >= 0;
  });
}

describe('excerptOf', () => {
  it('shows the lines that name one of the words, and one mark for each run of others', () => {
    const text = ['import { send }', '', 'const x = 1;', 'send(x);', 'done();'].join('\n');
    expect(excerptOf(text, new Set(['send']))).toBe('import { send }\n…\nsend(x);\n…');
  });

  it('keeps a single line between two that name a word: a mark would take as much', () => {
    expect(excerptOf('f()\n  .then()\nf()\nend', new Set(['f']))).toBe('f()\n  .then()\nf()\n…');
  });

  it('goes by whole identifiers and by their case', () => {
    expect(excerptOf('sender(); Send(); x.send_all;', new Set(['send']))).toBeNull();
  });

  it('is null without words, and where none is named', () => {
    expect(excerptOf('a\nb', new Set())).toBeNull();
    expect(excerptOf('', new Set(['a']))).toBeNull();
  });

  it('invents no line and changes no order', () => {
    fc.assert(
      fc.property(code, (text) => {
        const shown = excerptOf(text, new Set(['a'])) ?? '';
        const lines = shown.split('\n').filter((line) => line !== '…');
        expect(isSubsequence(lines.join('\n') || text, text)).toBe(true);
      }),
    );
  });
});

describe('withoutComments', () => {
  it('leaves out lines that are nothing but comment, of TypeScript and of Python', () => {
    const script = ['/**', ' * Adds.', ' */', 'add(); // now', '  // later', '/* one */', 'end();'];
    expect(withoutComments(script.join('\n'))).toBe('add(); // now\nend();');
    const python = ['#!/usr/bin/env python', '# Adds.', 'x = 1  # one', '    #', 'y = 2'];
    expect(withoutComments(python.join('\n'))).toBe('#!/usr/bin/env python\nx = 1  # one\ny = 2');
  });

  it('keeps what only looks like a comment: in a template, in a docstring, a private field', () => {
    for (const text of [
      'const a = `\n// not a comment\n/* nor this */\n`;',
      'def f():\n    """Says:\n    # a heading\n    """',
      'class A {\n  #private = 1;\n}',
      'const escaped = "\\`";\nlet b;',
    ])
      expect(withoutComments(text)).toBe(text);
  });

  it('shows everything where a comment never ends', () => {
    expect(withoutComments('a();\n/* b\nc();')).toBe('a();\n/* b\nc();');
  });

  it('invents no line, and finds nothing more the second time', () => {
    fc.assert(
      fc.property(code, (text) => {
        const once = withoutComments(text);
        expect(once === '' || isSubsequence(once, text)).toBe(true);
      }),
    );
  });
});

describe('focusWords', () => {
  it('are what the seeds declare and the words of the query, without those of every program', () => {
    const cache = new NetworkedCache();
    cache.addNode({ id: 'func:Queue.add', type: 'function', signature: 'add()' });
    cache.addNode({ id: 'func:id', type: 'function', signature: 'id()' });
    cache.addNode({ id: 'concept:note', type: 'concept', summary: 'said' });
    const words = focusWords(cache.nodes(), 'return the jobTimeout from a function when it ends');
    expect([...words].toSorted()).toEqual(['add', 'ends', 'jobTimeout']);
  });
});
