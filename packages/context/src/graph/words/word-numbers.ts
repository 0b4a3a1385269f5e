import { GrowingNumbers } from './growing-numbers.ts';
import { IdentifierTable } from './identifier-table.ts';
import { identifiersIn, isAscii, wordsIn } from './words.ts';

/** Numbers words, and remembers the words of each identifier: texts repeat their identifiers. */
export class WordNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];
  readonly #identifiers = new IdentifierTable();
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
    if (isAscii(text)) {
      this.#addAscii(numbers, text);
      return;
    }
    for (const part of identifiersIn(text)) {
      if (isAscii(part)) this.#addAscii(numbers, part);
      else for (const word of wordsIn(part)) numbers.push(this.#number(word));
    }
  }

  #addAscii(numbers: GrowingNumbers, text: string): void {
    this.#identifiers.forEachIn(text, (identifier) => {
      if (identifier === this.#ends.length) this.#learn(identifier);
      const end = this.#ends[identifier] ?? 0;
      for (let i = this.#ends[identifier - 1] ?? 0; i < end; i++) numbers.push(this.#parts.at(i));
    });
  }

  #learn(identifier: number): void {
    for (const word of wordsIn(this.#identifiers.at(identifier)))
      this.#parts.push(this.#number(word));
    this.#ends.push(this.#parts.length);
  }

  #number(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    this.#numbers.set(word, this.#words.length);
    return this.#words.push(word) - 1;
  }
}
