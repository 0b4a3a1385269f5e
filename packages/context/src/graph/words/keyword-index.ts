import { topRanked } from '../ranking/top-ranked.ts';
import { GrowingNumbers } from './growing-numbers.ts';
import { WordNumbers } from './word-numbers.ts';
import { type WordPlaces, wordPlaces } from './word-places.ts';
import { wordsOf } from './words.ts';

export interface KeywordHit {
  readonly id: string;
  readonly score: number;
}

/** What an index holds: the texts by number, and each word with the texts it stands in. */
export interface IndexContents {
  readonly ids: readonly string[];
  /** Words of each text. */
  readonly lengths: readonly number[];
  /** By the numbers of `places`; one that no text has any more has no places. */
  readonly words: readonly string[];
  readonly places: WordPlaces;
}

/**
 * Finds texts by their words, best first (Okapi BM25: Robertson & Walker 1994; k1 1.2, b 0.9:
 * found on web queries for Python functions, where long texts match by chance).
 *
 * Ties go by id, so that the same texts always give the same answer. Texts are kept as numbers of words;
 * where each word stands is worked out anew for the first answer after a change, O(words in all texts).
 */
export class KeywordIndex {
  #numbers = new WordNumbers();
  #words = new GrowingNumbers();
  /** Each text that was ever indexed, in order: null once it was replaced or deleted. */
  #ids: (string | null)[] = [];
  #ends: number[] = [];
  readonly #placeOf = new Map<string, number>();
  #contents: IndexContents | null = null;

  get size(): number {
    return this.#placeOf.size;
  }

  /** Indexes a text; one already there under this id is replaced. */
  set(id: string, text: string): void {
    this.delete(id);
    this.#contents = null;
    this.#numbers.addTo(this.#words, text);
    this.#placeOf.set(id, this.#ids.length);
    this.#ids.push(id);
    this.#ends.push(this.#words.length);
  }

  delete(id: string): void {
    const place = this.#placeOf.get(id);
    if (place === undefined) return;
    this.#contents = null;
    this.#ids[place] = null;
    this.#placeOf.delete(id);
  }

  /** Texts that share at least one word with the query. */
  search(
    query: string,
    options: { readonly limit: number; readonly accept?: (id: string) => boolean },
  ): KeywordHit[] {
    const { ids, lengths, places } = this.contents();
    const { limit, accept } = options;
    const average = this.#words.length / Math.max(1, ids.length);
    const scores = new Float64Array(ids.length);
    for (const word of new Set(wordsOf(query))) {
      const number = this.#numbers.of(word) ?? -1;
      const [start, end] = [places.starts[number] ?? 0, places.ends[number] ?? 0];
      const rarity = wordRarity(end - start, ids.length);
      for (let i = start; i < end; i++) {
        const text = places.texts[i] as number;
        const weight = wordWeight(places.counts[i] as number, (lengths[text] as number) / average);
        scores[text] = (scores[text] as number) + rarity * weight;
      }
    }
    if (accept !== undefined)
      for (let text = 0; text < scores.length; text++)
        if (scores[text] !== 0 && !accept(ids[text] ?? '')) scores[text] = 0;
    return topRanked(scores, { count: limit, ids }).map((text) => ({
      id: ids[text] ?? '',
      score: scores[text] ?? 0,
    }));
  }

  /** All that is indexed, by number. */
  contents(): IndexContents {
    this.#contents ??= this.#work();
    return this.#contents;
  }

  #work(): IndexContents {
    this.#closeGaps();
    const ids = this.#ids.map((id) => id ?? '');
    const ends = Uint32Array.from(this.#ends);
    const lengths = Array.from(ends, (end, i) => end - (ends[i - 1] ?? 0));
    const { words } = this.#numbers;
    const places = wordPlaces({ words: this.#words.view(), ends }, words.length);
    return { ids, lengths, words, places };
  }

  /** Forgets the words of texts that are no longer there. */
  #closeGaps(): void {
    if (this.#ids.length === this.size) return;
    const words = new GrowingNumbers();
    const ids: string[] = [];
    const ends: number[] = [];
    this.#ids.forEach((id, place) => {
      if (id === null) return;
      words.append(this.#words.view(this.#ends[place - 1] ?? 0, this.#ends[place]));
      this.#placeOf.set(id, ids.length);
      ids.push(id);
      ends.push(words.length);
    });
    [this.#words, this.#ids, this.#ends] = [words, ids, ends];
    if (this.#numbers.words.length > 2 * this.#words.length + 1_000) this.#renumber();
  }

  /** Numbers only the words that some text has. */
  #renumber(): void {
    const former = this.#numbers.words;
    const words = [...this.#words.view()].map((number) => former[number] ?? '');
    this.#numbers = new WordNumbers(words);
    this.#words = new GrowingNumbers();
    for (const word of words) this.#words.push(this.#numbers.of(word) ?? 0);
  }
}

/** How telling a word is that stands in `present` of `all` texts. */
export function wordRarity(present: number, all: number): number {
  return Math.log(1 + (all - present + 0.5) / (present + 0.5));
}

/** What `count` occurrences are worth in a text of this length, in multiples of the average. */
export function wordWeight(count: number, relativeLength: number): number {
  return (count * 2.2) / (count + 1.2 * (0.1 + 0.9 * relativeLength));
}
