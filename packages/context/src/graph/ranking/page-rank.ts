import type { EdgeColumns } from '../nodes/edge-table.ts';
import { backwardWeights, forwardWeights } from './edge-weights.ts';
import { retrievalWeights } from './retrieval-weights.ts';

export interface PageRankOptions {
  /** Where the walker starts and returns to: weights by node index. @default all nodes alike */
  readonly restart?: ReadonlyMap<number, number>;
  /** Chance of going on instead of returning. @default 0.85 */
  readonly damping?: number;
  /** @default 30 */
  readonly maxIterations?: number;
  /** Stops when no node's score changes by more. @default 1e-6 */
  readonly tolerance?: number;
}

/** Nodes by number, and the edges between them. */
export interface WalkedGraph {
  readonly size: number;
  readonly edges: EdgeColumns;
}

/**
 * How often a random walker is found at each node; scores sum to 1. With `restart`, importance as seen
 * from there (personalised PageRank: Page et al. 1999, Haveliwala 2002).
 *
 * Walks the edges as they stand in their columns: bringing them into rows takes as long as several rounds.
 * Stops after `maxIterations` with what it has: it never fails to converge. O(iterations × edges).
 */
export function pageRank(graph: WalkedGraph, options: PageRankOptions = {}): Float64Array {
  const { damping = retrievalWeights.damping, maxIterations = 30, tolerance = 1e-6 } = options;
  const { size, edges } = graph;
  const home = restartVector(size, options.restart);
  const leaving = leavingWeights(graph);
  const passed = new Float64Array(size);
  let scores = home.slice();
  let next = new Float64Array(size);
  for (let round = 0; round < maxIterations; round++) {
    let stuck = 0;
    for (let i = 0; i < size; i++) {
      const weight = num(leaving, i);
      if (weight === 0) stuck += num(scores, i);
      else passed[i] = (damping * num(scores, i)) / weight;
    }
    const back = 1 - damping + damping * stuck;
    for (let i = 0; i < size; i++) next[i] = back * num(home, i);
    spread(edges, passed, next);
    let change = 0;
    for (let i = 0; i < size; i++)
      change = Math.max(change, Math.abs(num(next, i) - num(scores, i)));
    [scores, next] = [next, scores];
    if (change <= tolerance) break;
  }
  return scores;
}

/** Moves what each node passes on along its edges, and against them. */
function spread(edges: EdgeColumns, passed: Float64Array, next: Float64Array): void {
  const { sources, targets, kinds } = edges;
  // Inlined reads, inside their bounds: this is the hot loop.
  for (let e = 0; e < sources.length; e++) {
    const source = sources[e] as number;
    const target = targets[e] as number;
    const kind = kinds[e] as number;
    const forward = (passed[source] as number) * (forwardWeights[kind] as number);
    const backward = (passed[target] as number) * (backwardWeights[kind] as number);
    next[target] = (next[target] as number) + forward;
    next[source] = (next[source] as number) + backward;
  }
}

/** The weights of all ways out of each node; 0: there are none. */
function leavingWeights({ size, edges }: WalkedGraph): Float64Array {
  const { sources, targets, kinds } = edges;
  const leaving = new Float64Array(size);
  // All reads are inside their arrays.
  for (let e = 0; e < sources.length; e++) {
    const source = sources[e] as number;
    const target = targets[e] as number;
    const kind = kinds[e] as number;
    leaving[source] = (leaving[source] as number) + (forwardWeights[kind] as number);
    leaving[target] = (leaving[target] as number) + (backwardWeights[kind] as number);
  }
  return leaving;
}

function restartVector(
  size: number,
  restart: ReadonlyMap<number, number> | undefined,
): Float64Array {
  const home = new Float64Array(size);
  let sum = 0;
  for (const [index, weight] of restart ?? []) {
    home[index] = num(home, index) + weight;
    sum += weight;
  }
  if (sum <= 0) return home.fill(1 / Math.max(1, size));
  for (let i = 0; i < size; i++) home[i] = num(home, i) / sum;
  return home;
}

/** Typed arrays are read inside their bounds here; the type system cannot know it. */
function num(array: Float64Array, index: number): number {
  return array[index] as number;
}
