import { encodeComponent } from '../../../encode-component.ts';

/** Row keys: words apart from each other by `/`, which no word contains. */
export function rowKey(...words: readonly string[]): string {
  return words.map(encodeComponent).join('/');
}

/** The words of a key. */
export function keyWords(key: string): readonly string[] {
  return key
    .split('/')
    .map((word) =>
      decodeURIComponent(
        word.replace(/%u([0-9a-f]{4})/g, (_, digits: string) => surrogate(digits)),
      ),
    );
}

/** Which of `count` rows (a power of two) holds what has this name: FNV-1a, the same everywhere. */
export function bucketOf(name: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash >>> 0) & (count - 1);
}

/** How many rows hold so many things with about `perRow` in each. */
export function bucketsFor(things: number, perRow: number): number {
  let count = 1;
  while (count * perRow < things) count *= 2;
  return count;
}

function surrogate(digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}
