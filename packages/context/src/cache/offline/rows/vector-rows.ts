import { bucketOf } from '../storage/row-keys.ts';

/** The vectors of a scope's nodes: one after the other in one array, with the hash of the text each was made of. */
export interface ScopeVectors {
  /** Which made them all; '' where there are none. */
  readonly model: string;
  /** Length of each; 0 where there are none. */
  readonly dimension: number;
  readonly ids: readonly string[];
  readonly hashes: readonly string[];
  /** `ids.length` × dimension. */
  readonly values: Float32Array;
}

export const noVectors: ScopeVectors = {
  model: '',
  dimension: 0,
  ids: [],
  hashes: [],
  values: new Float32Array(),
};

/** Splits vectors over the rows of their nodes. */
export function vectorRows(vectors: ScopeVectors, buckets: number): readonly string[] {
  if (vectors.ids.length === 0) return [];
  const members = Array.from({ length: buckets }, () => [] as number[]);
  vectors.ids.forEach((id, index) => {
    members[bucketOf(id, buckets)]?.push(index);
  });
  return members.map((indices) => vectorRow(vectors, indices));
}

/** Some of the vectors, by their numbers, in one row. */
export function vectorRow(vectors: ScopeVectors, indices: readonly number[]): string {
  const { dimension } = vectors;
  const values = new Float32Array(indices.length * dimension);
  indices.forEach((index, at) => {
    const start = index * dimension;
    values.set(vectors.values.subarray(start, start + dimension), at * dimension);
  });
  return JSON.stringify({
    ids: indices.map((index) => vectors.ids[index] ?? ''),
    hashes: indices.map((index) => vectors.hashes[index] ?? ''),
    values: Buffer.from(values.buffer).toString('base64'),
  });
}

/** All vectors of a scope out of its rows. */
export function joinVectors(
  rows: readonly string[],
  made: Pick<ScopeVectors, 'model' | 'dimension'>,
): ScopeVectors {
  const parts = rows.map(parseVectorRow);
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  return {
    model: made.model,
    dimension: made.dimension,
    ids: parts.flatMap(({ ids }) => ids),
    hashes: parts.flatMap(({ hashes }) => hashes),
    values,
  };
}

/** The vectors of one row. */
export function parseVectorRow(text: string): Pick<ScopeVectors, 'ids' | 'hashes' | 'values'> {
  // Written by `vectorRow`; the row's checksum has been checked.
  const row = JSON.parse(text) as { ids: string[]; hashes: string[]; values: string };
  const bytes = Buffer.from(row.values, 'base64');
  const values = new Float32Array(bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
  Buffer.from(values.buffer).set(bytes);
  return { ids: row.ids, hashes: row.hashes, values };
}
