/** The vectors of a scope's nodes: one after the other in one array, with the hash of the text each was made of. */
export interface ScopeVectors {
  readonly ids: readonly string[];
  readonly hashes: readonly string[];
  /** `ids.length` × dimension. */
  readonly values: Float32Array;
}

export const noVectors: ScopeVectors = { ids: [], hashes: [], values: new Float32Array() };

export function writeVectors({ ids, hashes, values }: ScopeVectors): string {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return JSON.stringify({ ids, hashes, values: bytes.toString('base64') });
}

export function readVectors(text: string): ScopeVectors {
  // Written by `writeVectors`; the row's checksum has been checked.
  const row = JSON.parse(text) as { ids: string[]; hashes: string[]; values: string };
  const bytes = Buffer.from(row.values, 'base64');
  const values = new Float32Array(bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
  Buffer.from(values.buffer).set(bytes);
  return { ids: row.ids, hashes: row.hashes, values };
}

/** The likeness of each vector to a query: the cosine, as all are of length 1. Brute force: exact, 1 ms for 1 000 × 768. */
export function similarities(vectors: ScopeVectors, query: Float32Array): Float64Array {
  const scores = new Float64Array(vectors.ids.length);
  const dimension = query.length;
  if (vectors.values.length !== scores.length * dimension) return scores;
  for (let i = 0; i < scores.length; i++) {
    let sum = 0;
    const start = i * dimension;
    // Inside the bounds of both arrays.
    for (let d = 0; d < dimension; d++)
      sum += (vectors.values[start + d] as number) * (query[d] as number);
    scores[i] = sum;
  }
  return scores;
}
