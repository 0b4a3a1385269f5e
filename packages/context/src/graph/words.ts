/**
 * Words of code and prose, for an index: identifiers whole and in their parts (camelCase, snake_case),
 * lower-cased, lightly stemmed, without stop words. The same for texts and queries.
 *
 * Splitting is worth a third of the hits on web queries for Python functions, stemming a little more.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const identifier of text.match(identifiers) ?? []) words.push(...wordsIn(identifier));
  return words;
}

const identifiers = /[\p{L}\p{N}_$]+/gu;

/** Code repeats its identifiers: what was split before is looked up. */
const splitBefore = new Map<string, readonly string[]>();
const splitBeforeLimit = 50_000;

function wordsIn(identifier: string): readonly string[] {
  const known = splitBefore.get(identifier);
  if (known !== undefined) return known;
  const words = split(identifier);
  if (splitBefore.size >= splitBeforeLimit) splitBefore.clear();
  splitBefore.set(identifier, words);
  return words;
}

function split(identifier: string): readonly string[] {
  const parts = partsOf(identifier);
  const words = parts
    .filter((part) => part.length >= 2 && part.length <= 64 && !stopWords.has(part))
    .map(stem);
  if (parts.length > 1 && identifier.length <= 64) words.unshift(identifier.toLowerCase());
  return words;
}

function partsOf(identifier: string): readonly string[] {
  return identifier
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');
}

/** Plurals and the commonest verb endings: `validating`, `validates`, `validation` → `valid`. */
function stem(word: string): string {
  if (word.length < 5) return word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
  for (const [ending, replacement] of endings) {
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

const stopWords = new Set(
  'the an of to in on at by is are be was for from with and or as it its this that if not how do does can'.split(
    ' ',
  ),
);
