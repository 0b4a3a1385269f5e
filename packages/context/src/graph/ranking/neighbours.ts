import type { EdgeColumns } from '../nodes/edge-table.ts';

/**
 * Who is tied to whom, in both directions of each edge (compressed sparse rows): node `i` to
 * `targets[offsets[i] … offsets[i + 1] - 1]`.
 */
export interface Neighbours {
  readonly offsets: Uint32Array;
  readonly targets: Uint32Array;
}

/** The neighbours of `size` nodes, in two passes over their edges: count, then place. */
export function neighboursOf(size: number, edges: EdgeColumns): Neighbours {
  const { sources, targets } = edges;
  const offsets = new Uint32Array(size + 1);
  for (let e = 0; e < sources.length; e++) {
    offsets[num(sources, e) + 1] = num(offsets, num(sources, e) + 1) + 1;
    offsets[num(targets, e) + 1] = num(offsets, num(targets, e) + 1) + 1;
  }
  for (let i = 0; i < size; i++) offsets[i + 1] = num(offsets, i + 1) + num(offsets, i);
  const next = offsets.slice(0, size);
  const to = new Uint32Array(sources.length * 2);
  for (let e = 0; e < sources.length; e++) {
    const source = num(sources, e);
    const target = num(targets, e);
    to[num(next, source)] = target;
    next[source] = num(next, source) + 1;
    to[num(next, target)] = source;
    next[target] = num(next, target) + 1;
  }
  return { offsets, targets: to };
}

/** Typed arrays are read inside their bounds here; the type system cannot know it. */
function num(array: Uint32Array, index: number): number {
  return array[index] as number;
}
