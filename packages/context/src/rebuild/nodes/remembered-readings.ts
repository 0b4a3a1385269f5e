/**
 * What was read of texts, by the texts themselves. Forgets all of it when more would be kept than it may:
 * texts that are still in use come again at once.
 */
export class RememberedReadings<Reading> {
  readonly #readings = new Map<string, Reading>();
  readonly #most: number;
  readonly #mostCharacters: number;
  #characters = 0;

  /**
   * @param limits.most How many texts are kept
   * @param limits.mostCharacters How long they are together; a longer one is not kept at all
   */
  constructor(limits: { readonly most: number; readonly mostCharacters: number }) {
    this.#most = limits.most;
    this.#mostCharacters = limits.mostCharacters;
  }

  get(text: string): Reading | undefined {
    return this.#readings.get(text);
  }

  /** Keeps a reading of a text that has none yet. */
  set(text: string, reading: Reading): void {
    if (text.length > this.#mostCharacters) return;
    const isFull =
      this.#readings.size >= this.#most || this.#characters + text.length > this.#mostCharacters;
    if (isFull) {
      this.#readings.clear();
      this.#characters = 0;
    }
    this.#readings.set(text, reading);
    this.#characters += text.length;
  }
}
