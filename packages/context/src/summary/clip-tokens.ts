import { estimatingCounter } from '@org/models';

/** Not any model's counter: what is clipped reads the same for every model, and when it is written again. */
const estimate = estimatingCounter('other');

/** The longest beginning of a text, in whole words, that costs at most `maxTokens` for any model. */
export function clipTokens(text: string, maxTokens: number): string {
  if (estimate.count(text) <= maxTokens) return text;
  const words = text.split(/(?<=\s)/);
  let [fits, tooMany] = [0, words.length];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (estimate.count(clipped(words, middle)) <= maxTokens) fits = middle;
    else tooMany = middle;
  }
  return fits > 0 ? clipped(words, fits) : clipCharacters(text, maxTokens);
}

function clipped(words: readonly string[], count: number): string {
  return `${words.slice(0, count).join('').trimEnd()}…`;
}

/** For a first word that is too long, and for writing without blanks. */
function clipCharacters(text: string, maxTokens: number): string {
  const signs = Array.from(text);
  let [fits, tooMany] = [0, signs.length];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (estimate.count(clipped(signs, middle)) <= maxTokens) fits = middle;
    else tooMany = middle;
  }
  return fits > 0 ? clipped(signs, fits) : '';
}
