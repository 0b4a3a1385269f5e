import type { GraphSnapshot } from './graph-snapshot.ts';
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

/**
 * How often a random walker is found at each node; scores sum to 1. With `restart`, importance as seen
 * from there (personalised PageRank: Page et al. 1999, Haveliwala 2002).
 *
 * Stops after `maxIterations` with what it has: it never fails to converge. O(iterations × edges).
 */
export function pageRank(graph: GraphSnapshot, options: PageRankOptions = {}): Float64Array {
  const { damping = retrievalWeights.damping, maxIterations = 30, tolerance = 1e-6 } = options;
  const size = graph.ids.length;
  const home = restartVector(size, options.restart);
  let scores = home.slice();
  let next = new Float64Array(size);
  for (let round = 0; round < maxIterations; round++) {
    const stuck = spread(graph, scores, next, damping);
    const back = 1 - damping + damping * stuck;
    let change = 0;
    for (let i = 0; i < size; i++) {
      const score = num(next, i) + back * num(home, i);
      change = Math.max(change, Math.abs(score - num(scores, i)));
      next[i] = score;
    }
    [scores, next] = [next, scores];
    if (change <= tolerance) break;
  }
  return scores;
}

/** Moves each node's score along its edges; gives the score of nodes without any. */
function spread(
  graph: GraphSnapshot,
  scores: Float64Array,
  next: Float64Array,
  damping: number,
): number {
  const { offsets, targets, shares } = graph;
  let stuck = 0;
  next.fill(0);
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score === 0) continue;
    const end = offsets[i + 1] as number;
    let e = offsets[i] as number;
    if (e === end) stuck += score;
    const passed = damping * score;
    // Inlined reads, inside their bounds: this is the hot loop.
    for (; e < end; e++) {
      const target = targets[e] as number;
      next[target] = (next[target] as number) + passed * (shares[e] as number);
    }
  }
  return stuck;
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
