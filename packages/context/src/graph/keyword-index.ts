import { wordsOf } from './words.ts';

export interface KeywordHit {
  readonly id: string;
  readonly score: number;
}

interface Entry {
  readonly id: string;
  readonly length: number;
  readonly words: ReadonlyMap<string, number>;
}

/**
 * Finds texts by their words, best first (Okapi BM25: Robertson & Walker 1994; k1 1.2, b 0.75).
 *
 * Ties go by id, so that the same texts always give the same answer.
 */
export class KeywordIndex {
  readonly #entries = new Map<string, Entry>();
  readonly #postings = new Map<string, Map<string, number>>();
  #totalLength = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Indexes a text; one already there under this id is replaced. */
  set(id: string, text: string): void {
    this.delete(id);
    const words = new Map<string, number>();
    let length = 0;
    for (const word of wordsOf(text)) {
      words.set(word, (words.get(word) ?? 0) + 1);
      length++;
    }
    for (const [word, count] of words) {
      const posting = this.#postings.get(word);
      if (posting === undefined) this.#postings.set(word, new Map([[id, count]]));
      else posting.set(id, count);
    }
    this.#entries.set(id, { id, length, words });
    this.#totalLength += length;
  }

  delete(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#totalLength -= entry.length;
    for (const word of entry.words.keys()) {
      const posting = this.#postings.get(word);
      posting?.delete(id);
      if (posting?.size === 0) this.#postings.delete(word);
    }
  }

  /** Texts that share at least one word with the query. */
  search(
    query: string,
    options: { readonly limit: number; readonly accept?: (id: string) => boolean },
  ): KeywordHit[] {
    const scores = new Map<string, number>();
    const average = this.#totalLength / Math.max(1, this.#entries.size);
    for (const word of new Set(wordsOf(query))) {
      const posting = this.#postings.get(word);
      if (posting === undefined) continue;
      const rarity = Math.log(1 + (this.#entries.size - posting.size + 0.5) / (posting.size + 0.5));
      for (const [id, count] of posting) {
        if (options.accept !== undefined && !options.accept(id)) continue;
        const length = this.#entries.get(id)?.length ?? average;
        const part = (count * 2.2) / (count + 1.2 * (0.25 + (0.75 * length) / average));
        scores.set(id, (scores.get(id) ?? 0) + rarity * part);
      }
    }
    return [...scores]
      .map(([id, score]) => ({ id, score }))
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, options.limit);
  }
}
