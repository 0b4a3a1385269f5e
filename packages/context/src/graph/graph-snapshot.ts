import { edgeKinds } from './edge-kinds.ts';
import { retrievalWeights } from './retrieval-weights.ts';

/**
 * A graph as of one moment, in typed arrays (compressed sparse rows): node `i` is tied to
 * `targets[offsets[i] … offsets[i + 1] - 1]`, in both directions of each edge.
 */
export interface GraphSnapshot {
  readonly ids: readonly string[];
  readonly offsets: Uint32Array;
  readonly targets: Uint32Array;
  /** Share of a walker at `i` that goes this way; each row sums to 1. */
  readonly shares: Float64Array;
}

/** Edges as parallel columns: `sources[e]` → `targets[e]`, with the kinds as bits. */
export interface EdgeColumns {
  readonly sources: Uint32Array;
  readonly targets: Uint32Array;
  readonly kinds: Uint8Array;
}

/** Builds the snapshot in two passes over the edges: count, then place. */
export function snapshotGraph(
  ids: readonly string[],
  { sources, targets, kinds }: EdgeColumns,
): GraphSnapshot {
  const [forwardOf, backwardOf] = weightsByMask();
  const offsets = new Uint32Array(ids.length + 1);
  for (let e = 0; e < sources.length; e++) {
    offsets[num(sources, e) + 1] = num(offsets, num(sources, e) + 1) + 1;
    offsets[num(targets, e) + 1] = num(offsets, num(targets, e) + 1) + 1;
  }
  for (let i = 0; i < ids.length; i++) offsets[i + 1] = num(offsets, i + 1) + num(offsets, i);
  const next = offsets.slice(0, ids.length);
  const to = new Uint32Array(sources.length * 2);
  const shares = new Float64Array(sources.length * 2);
  for (let e = 0; e < sources.length; e++) {
    const source = num(sources, e);
    const target = num(targets, e);
    const out = num(next, source);
    to[out] = target;
    shares[out] = num(forwardOf, num(kinds, e));
    next[source] = out + 1;
    const back = num(next, target);
    to[back] = source;
    shares[back] = num(backwardOf, num(kinds, e));
    next[target] = back + 1;
  }
  normaliseRows(offsets, shares);
  return { ids, offsets, targets: to, shares };
}

function normaliseRows(offsets: Uint32Array, shares: Float64Array): void {
  for (let i = 0; i + 1 < offsets.length; i++) {
    let sum = 0;
    for (let e = num(offsets, i); e < num(offsets, i + 1); e++) sum += num(shares, e);
    if (sum === 0) continue;
    for (let e = num(offsets, i); e < num(offsets, i + 1); e++) shares[e] = num(shares, e) / sum;
  }
}

/** The weight of every combination of kinds: that of its strongest. */
function weightsByMask(): readonly [Float64Array, Float64Array] {
  const forward = new Float64Array(1 << edgeKinds.length);
  const backward = new Float64Array(1 << edgeKinds.length);
  for (let mask = 0; mask < forward.length; mask++) {
    edgeKinds.forEach((kind, bit) => {
      if ((mask & (1 << bit)) === 0) return;
      forward[mask] = Math.max(num(forward, mask), retrievalWeights.walk[kind].forward);
      backward[mask] = Math.max(num(backward, mask), retrievalWeights.walk[kind].backward);
    });
  }
  return [forward, backward];
}

/** Typed arrays are read inside their bounds here; the type system cannot know it. */
function num(array: Uint32Array | Float64Array | Uint8Array, index: number): number {
  return array[index] as number;
}
