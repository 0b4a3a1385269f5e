/**
 * Words of code and prose, for an index: identifiers whole and in their parts (camelCase, snake_case),
 * lower-cased, lightly stemmed, without stop words. The same for texts and queries.
 *
 * Splitting is worth a third of the hits on web queries for Python functions, stemming a little more.
 */
export function wordsOf(text: string): string[] {
  return identifiersIn(text).flatMap(wordsIn);
}

/** The runs of letters, digits, `_` and `$` in a text. */
export function identifiersIn(text: string): readonly string[] {
  // Most code is ASCII, for which the plain pattern is several times as fast.
  return text.match(isAscii(text) ? asciiIdentifiers : identifiers) ?? [];
}

export function isAscii(text: string): boolean {
  return !nonAscii.test(text);
}

const nonAscii = /[^\0-\x7f]/;
const asciiIdentifiers = /[A-Za-z0-9_$]+/g;
const identifiers = /[\p{L}\p{N}_$]+/gu;

/** The words of one identifier, itself first when it is made of several. */
export function wordsIn(identifier: string): readonly string[] {
  const parts = partsOf(identifier);
  const words: string[] = [];
  if (parts.length > 1 && identifier.length <= 64) words.push(identifier.toLowerCase());
  for (const part of parts)
    if (part.length >= 2 && part.length <= 64 && !stopWords.has(part)) words.push(stem(part));
  return words;
}

/** `parseHTTPHeader_2` → parse, http, header, 2. */
function partsOf(identifier: string): readonly string[] {
  if (isAscii(identifier)) return asciiPartsOf(identifier);
  return identifier
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');
}

/** The same in one pass: most identifiers are ASCII, and an index of some 10 000 nodes has as many of them. */
function asciiPartsOf(identifier: string): readonly string[] {
  const parts: string[] = [];
  const lower = identifier.toLowerCase();
  let start = 0;
  for (let i = 0; i <= identifier.length; i++) {
    const code = identifier.charCodeAt(i);
    const isApart = i === identifier.length || code === underscore || code === dollar;
    if (!isApart && !(isUpper(code) && beginsPart(identifier, i))) continue;
    if (i > start) parts.push(lower.slice(start, i));
    start = isApart ? i + 1 : i;
  }
  return parts;
}

const underscore = 95;
const dollar = 36;

/** Whether the capital at `i` begins a part: after a small letter, or before one that follows capitals. */
function beginsPart(identifier: string, i: number): boolean {
  const before = identifier.charCodeAt(i - 1);
  return isLower(before) || (isUpper(before) && isLower(identifier.charCodeAt(i + 1)));
}

function isUpper(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}

/** Plurals and the commonest verb endings: `validating`, `validates`, `validation` → `valid`. */
function stem(word: string): string {
  if (word.length < 5)
    return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
  for (const [ending, replacement] of endingsOf.get(word.at(-1) ?? '') ?? none) {
    if (word.endsWith(ending) && word.length - ending.length >= 3)
      return word.slice(0, -ending.length) + replacement;
  }
  return word;
}

const endings: readonly (readonly [string, string])[] = [
  ['ications', ''],
  ['ication', ''],
  ['ations', ''],
  ['ation', ''],
  ['ators', ''],
  ['ator', ''],
  ['ating', ''],
  ['ated', ''],
  ['ates', ''],
  ['ate', ''],
  ['ies', 'y'],
  ['ings', ''],
  ['ing', ''],
  ['ions', ''],
  ['ion', ''],
  ['ers', ''],
  ['er', ''],
  ['ed', ''],
  ['es', ''],
  ['e', ''],
  ['s', ''],
];

const none: typeof endings = [];

/** The same by their last letter. */
const endingsOf = Map.groupBy(endings, ([ending]) => ending.at(-1) ?? '');

/** Words of every question and of every file: they tell nothing apart. */
const stopWords = new Set([
  ...'the a an of to in on at by is are be was for from with and or as it its this that'.split(' '),
  ...'how do does can you i my what'.split(' '),
  ...'python def self return function use using'.split(' '),
]);
