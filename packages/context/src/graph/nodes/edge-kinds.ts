import type { EdgeKind } from './cache-node.ts';

/** All edge kinds, in the order of their bits. */
export const edgeKinds: readonly EdgeKind[] = ['contains', 'depends_on', 'tested_by', 'references'];

const bits: Readonly<Record<EdgeKind, number>> = {
  contains: 1,
  depends_on: 2,
  tested_by: 4,
  references: 8,
};

/** The bit of one kind, so that the kinds between two nodes fit into one number. */
export function bitOf(kind: EdgeKind): number {
  return bits[kind];
}

/** The kinds in a set of bits. */
export function kindsOf(mask: number): readonly EdgeKind[] {
  return edgeKinds.filter((kind) => (mask & bits[kind]) !== 0);
}
