/**
 * Gives each identifier of ASCII texts a number, in the order in which they are first seen.
 *
 * A hash table over the characters themselves (FNV-1a, open addressing): no string is made of an
 * identifier that is known, and texts are made of identifiers that are known.
 */
export class IdentifierTable {
  readonly #identifiers: string[] = [];
  #hashes = new Int32Array(256);
  /** Numbers from 1 on; 0: free. At most half of them are taken. */
  #slots = new Uint32Array(512);

  get size(): number {
    return this.#identifiers.length;
  }

  /** The identifier of a number. */
  at(number: number): string {
    return this.#identifiers[number] ?? '';
  }

  /** Calls back with the number of each identifier in a text, in order. */
  forEachIn(text: string, visit: (number: number) => void): void {
    const { length } = text;
    for (let i = 0; i < length; i++) {
      let code = text.charCodeAt(i);
      if (!isPart(code)) continue;
      const start = i;
      let hash = 0x811c9dc5 | 0;
      do {
        hash = Math.imul(hash ^ code, 0x01000193);
        i += 1;
        code = text.charCodeAt(i);
      } while (i < length && isPart(code));
      visit(this.#numberOf(text, { start, end: i, hash }));
    }
  }

  #numberOf(
    text: string,
    { start, end, hash }: { readonly start: number; readonly end: number; readonly hash: number },
  ): number {
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      // All reads are inside their arrays.
      const taken = this.#slots[slot] as number;
      if (taken === 0) break;
      const known = this.#identifiers[taken - 1] as string;
      const isAlike = this.#hashes[taken - 1] === hash && known.length === end - start;
      if (isAlike && standsAt(text, start, known)) return taken - 1;
      slot = (slot + 1) & mask;
    }
    const number = this.#identifiers.push(text.slice(start, end)) - 1;
    if (number === this.#hashes.length) this.#grow();
    this.#hashes[number] = hash;
    this.#place(number);
    return number;
  }

  #place(number: number): void {
    const hash = this.#hashes[number] as number;
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number + 1;
  }

  #grow(): void {
    const hashes = new Int32Array(2 * this.#hashes.length);
    hashes.set(this.#hashes);
    const known = this.#hashes.length;
    this.#hashes = hashes;
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let number = 0; number < known; number++) this.#place(number);
  }
}

/** As `text.startsWith(known, start)`, several times as fast for words. */
function standsAt(text: string, start: number, known: string): boolean {
  for (let i = 0; i < known.length; i++)
    if (text.charCodeAt(start + i) !== known.charCodeAt(i)) return false;
  return true;
}

/** `A-Z`, `a-z`, `0-9`, `_` and `$`. */
function isPart(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 36
  );
}
