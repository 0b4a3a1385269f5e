import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeywordIndex } from '../../src/graph/words/keyword-index.ts';
import { wordsIn, wordsOf } from '../../src/graph/words/words.ts';

const ids = (index: KeywordIndex, query: string) =>
  index.search(query, { limit: 10 }).map(({ id }) => id);

describe('wordsOf', () => {
  it('splits identifiers, keeps them whole too, and drops stop words', () => {
    expect(wordsOf('validateEmail is_valid HTTPServer')).toEqual([
      'validateemail',
      'valid',
      'email',
      'is_valid',
      'valid',
      'httpserver',
      'http',
      'serv',
    ]);
  });

  it('gives the forms of a word one stem', () => {
    for (const form of ['validation', 'validating', 'validates', 'validated', 'validator', 'valid'])
      expect(wordsOf(form), form).toEqual(['valid']);
    expect(wordsOf('queries query')).toEqual(['query', 'query']);
  });
});

describe('wordsIn', () => {
  it('parts any identifier where its capitals, `_` and `$` do', () => {
    const parts = (identifier: string) =>
      identifier
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter((part) => part.length >= 2);
    const character = fc.constantFrom('x', 'y', 'X', 'Y', '7', '_', '$');
    const identifier = fc.string({ unit: character, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(identifier, (name) => {
        // Neither `x` nor `y` begins or ends a stem: what is left are the parts.
        const words = wordsIn(name).filter((word) => word !== name.toLowerCase());
        expect(words).toEqual(parts(name).filter((part) => part !== name.toLowerCase()));
      }),
      { numRuns: 500 },
    );
    expect(wordsIn('straßeÜberWeg')).toEqual(['straßeüberweg', 'straß', 'über', 'weg']);
  });
});

describe('KeywordIndex', () => {
  it('finds by parts of names, rare words first', () => {
    const index = new KeywordIndex();
    index.set('a', 'def validate_email(address)');
    index.set('b', 'def send_email(address, text)');
    index.set('c', 'def validate_phone(number)');
    index.set('d', 'def open_door()');
    expect(ids(index, 'email validation')).toEqual(['a', 'c', 'b']);
    expect(ids(index, 'window')).toEqual([]);
  });

  it('answers after replacing and deleting as if the texts had always been so', () => {
    const text = fc.array(fc.constantFrom('ab', 'cd', 'ef', 'gh', 'ij'), { maxLength: 6 });
    const step = fc.record({ id: fc.nat(12), words: fc.option(text) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const changed = new KeywordIndex();
        const left = new Map<string, string>();
        for (const { id, words } of steps) {
          if (words === null) {
            changed.delete(`t${id}`);
            left.delete(`t${id}`);
          } else {
            changed.set(`t${id}`, words.join(' '));
            left.set(`t${id}`, words.join(' '));
          }
        }
        const fresh = new KeywordIndex();
        for (const [id, words] of left) fresh.set(id, words);
        expect(changed.size).toBe(fresh.size);
        for (const query of ['ab', 'cd ef', 'ij gh ab', 'zz'])
          expect(changed.search(query, { limit: 20 })).toEqual(fresh.search(query, { limit: 20 }));
        expect(changed.contents().ids).toHaveLength(fresh.size);
      }),
    );
  });

  it('tells apart words of the same length and the same hash', () => {
    // They collide under 32-bit FNV-1a.
    const index = new KeywordIndex();
    index.set('a', 'declinate');
    index.set('b', 'macallums');
    expect(ids(index, 'declinate')).toEqual(['a']);
    expect(ids(index, 'macallums')).toEqual(['b']);
  });

  it('forgets the words of texts that are gone', () => {
    const index = new KeywordIndex();
    for (let n = 0; n < 5_000; n++) index.set('a', `word${n} common`);
    expect(ids(index, 'common')).toEqual(['a']);
    expect(ids(index, 'word4999')).toEqual(['a']);
    expect(index.contents().words.length).toBeLessThan(10);
  });

  it('finds the words of any text by any word of it', () => {
    const unit = fc.constantFrom('a', 'B', 'foo', 'é', '漢', '_', '$', '7', ' ', '-', '\u{1F600}');
    fc.assert(
      fc.property(fc.array(fc.string({ unit, maxLength: 8 }), { maxLength: 300 }), (texts) => {
        const index = new KeywordIndex();
        texts.forEach((text, i) => {
          index.set(`t${i}`, `${text} ${text}`);
        });
        for (const [i, text] of texts.entries()) {
          const found = index.search(text, { limit: texts.length }).map(({ id }) => id);
          expect(found.includes(`t${i}`)).toBe(wordsOf(text).length > 0);
        }
        const { lengths } = index.contents();
        expect(lengths).toEqual(texts.map((text) => 2 * wordsOf(text).length));
      }),
      { numRuns: 50 },
    );
  });
});
