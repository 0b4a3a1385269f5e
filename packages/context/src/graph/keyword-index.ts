import { identifiersIn, wordsIn, wordsOf } from './words.ts';

export interface KeywordHit {
  readonly id: string;
  readonly score: number;
}

/** Where a word stands: the number of a text and how often it is in it, one after the other. */
export type Posting = readonly number[];

/** One number for each text that was ever indexed; `id` is null once it was replaced or deleted. */
interface IndexedText {
  id: string | null;
  length: number;
}

/**
 * Finds texts by their words, best first (Okapi BM25: Robertson & Walker 1994; k1 1.2, b 0.9:
 * found on web queries for Python functions, where long texts match by chance).
 *
 * Ties go by id, so that the same texts always give the same answer.
 */
export class KeywordIndex {
  readonly #numberOf = new Map<string, number>();
  #texts: IndexedText[] = [];
  #postings = new Map<string, number[]>();
  /** Texts repeat their identifiers: where the words of each one stand is looked up once. */
  readonly #postingsOf = new Map<string, readonly number[][]>();
  #totalLength = 0;

  get size(): number {
    return this.#numberOf.size;
  }

  /** Indexes a text; one already there under this id is replaced. */
  set(id: string, text: string): void {
    this.delete(id);
    const number = this.#texts.length;
    let length = 0;
    for (const identifier of identifiersIn(text)) {
      for (const posting of this.#postingsFor(identifier)) {
        length += 1;
        const last = posting.length - 2;
        if (posting[last] === number) posting[last + 1] = (posting[last + 1] ?? 0) + 1;
        else posting.push(number, 1);
      }
    }
    this.#texts.push({ id, length });
    this.#numberOf.set(id, number);
    this.#totalLength += length;
  }

  delete(id: string): void {
    const text = this.#texts[this.#numberOf.get(id) ?? -1];
    if (text === undefined) return;
    text.id = null;
    this.#numberOf.delete(id);
    this.#totalLength -= text.length;
    // Replaced texts leave gaps; they are closed before they outnumber what is there.
    if (this.#texts.length > 64 && this.#texts.length > 2 * this.#numberOf.size) this.#closeGaps();
  }

  /** Texts that share at least one word with the query. */
  search(
    query: string,
    options: { readonly limit: number; readonly accept?: (id: string) => boolean },
  ): KeywordHit[] {
    const scores = new Map<number, number>();
    const average = this.#totalLength / Math.max(1, this.size);
    for (const word of new Set(wordsOf(query))) {
      const posting = this.#postings.get(word);
      if (posting === undefined) continue;
      let present = 0;
      for (let i = 0; i < posting.length; i += 2) if (this.#isThere(posting[i])) present += 1;
      const rarity = wordRarity(present, this.size);
      for (let i = 0; i < posting.length; i += 2) {
        const number = posting[i] ?? -1;
        const length = this.#texts[number]?.length ?? 0;
        const weight = wordWeight(posting[i + 1] ?? 0, length / average);
        scores.set(number, (scores.get(number) ?? 0) + rarity * weight);
      }
    }
    const hits: KeywordHit[] = [];
    for (const [number, score] of scores) {
      const id = this.#texts[number]?.id ?? null;
      if (id !== null && (options.accept?.(id) ?? true)) hits.push({ id, score });
    }
    return hits.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, options.limit);
  }

  /** Every text with its number and length, and every word with the texts it stands in. */
  contents(): {
    readonly texts: readonly { readonly id: string; readonly length: number }[];
    readonly postings: ReadonlyMap<string, Posting>;
  } {
    this.#closeGaps();
    const texts = this.#texts.flatMap(({ id, length }) => (id === null ? [] : [{ id, length }]));
    return { texts, postings: this.#postings };
  }

  #isThere(number: number | undefined): boolean {
    return (this.#texts[number ?? -1]?.id ?? null) !== null;
  }

  #postingsFor(identifier: string): readonly number[][] {
    const known = this.#postingsOf.get(identifier);
    if (known !== undefined) return known;
    const postings = wordsIn(identifier).map((word) => {
      const posting = this.#postings.get(word) ?? [];
      this.#postings.set(word, posting);
      return posting;
    });
    this.#postingsOf.set(identifier, postings);
    return postings;
  }

  #closeGaps(): void {
    if (this.#texts.length === this.size) return;
    const moved = new Map<number, number>();
    this.#texts.forEach(({ id }, number) => {
      if (id !== null) moved.set(number, moved.size);
    });
    const postings = new Map<string, number[]>();
    for (const [word, posting] of this.#postings) {
      const kept: number[] = [];
      for (let i = 0; i < posting.length; i += 2) {
        const number = moved.get(posting[i] ?? -1);
        if (number !== undefined) kept.push(number, posting[i + 1] ?? 0);
      }
      if (kept.length > 0) postings.set(word, kept);
    }
    this.#postings = postings;
    this.#postingsOf.clear();
    this.#texts = this.#texts.filter(({ id }) => id !== null);
    this.#numberOf.clear();
    this.#texts.forEach(({ id }, number) => {
      if (id !== null) this.#numberOf.set(id, number);
    });
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
