/** A model that turns texts into vectors whose cosine is their likeness in meaning. */
export interface EmbeddingModel {
  /** Such as `nomic-embed-text`. Vectors of different models cannot be compared. */
  readonly id: string;
  /** Length of each vector; null until it is known. */
  readonly dimension: number | null;
  /**
   * One unit vector per text, in the order of the texts; `[]` for none.
   *
   * @throws the signal's reason when aborted, else ModelError
   */
  embed(
    texts: readonly string[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Float32Array[]>;
}
