import { GrowingNumbers } from './growing-numbers.ts';
import { identifiersIn, wordsIn } from './words.ts';

/** Numbers words, and remembers the words of each identifier: texts repeat their identifiers. */
export class WordNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];
  /** Identifiers by their place in `#ends`. */
  readonly #identifiers = new Map<string, number>();
  /** The words of identifier `i` end at `#ends[i]` in `#parts`. */
  readonly #parts = new GrowingNumbers();
  readonly #ends: number[] = [];

  constructor(words: Iterable<string> = []) {
    for (const word of words) this.#number(word);
  }

  /** The words that have a number, by it. */
  get words(): readonly string[] {
    return this.#words;
  }

  /** A word's number; undefined for one that was in no text. */
  of(word: string): number | undefined {
    return this.#numbers.get(word);
  }

  /** Appends the numbers of the words of a text, new ones included. */
  addTo(numbers: GrowingNumbers, text: string): void {
    for (const identifier of identifiersIn(text)) {
      const place = this.#identifiers.get(identifier) ?? this.#learn(identifier);
      const end = this.#ends[place] ?? 0;
      for (let i = this.#ends[place - 1] ?? 0; i < end; i++) numbers.push(this.#parts.at(i));
    }
  }

  #learn(identifier: string): number {
    for (const word of wordsIn(identifier)) this.#parts.push(this.#number(word));
    this.#identifiers.set(identifier, this.#ends.length);
    return this.#ends.push(this.#parts.length) - 1;
  }

  #number(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    this.#numbers.set(word, this.#words.length);
    return this.#words.push(word) - 1;
  }
}
