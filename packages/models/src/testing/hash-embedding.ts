import { createHash } from 'node:crypto';

/**
 * A vector made of a text's words, without a model: texts that share words are near to each other.
 *
 * Each word, and each part of a compound one (`validateEmail`, `validate_email`), adds its own fixed
 * direction. Knows no synonyms. The same text gives the same vector everywhere; length 1.
 */
export function hashEmbedding(text: string, dimension: number): Float32Array {
  const vector = new Float32Array(dimension);
  for (const word of wordsOf(text)) {
    const digest = createHash('sha256').update(word).digest();
    for (let i = 0; i < 8; i += 1) {
      const bits = digest.readUInt32LE(i * 4);
      const at = (bits >>> 1) % dimension;
      vector[at] = (vector[at] ?? 0) + (bits & 1 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector);
  if (length === 0) vector[0] = 1;
  return length === 0 ? vector : vector.map((value) => value / length);
}

function wordsOf(text: string): string[] {
  return text
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map((word) => (word.length > 4 ? word.replace(/(ing|ions?|ed|es|s)$/, '') : word));
}
