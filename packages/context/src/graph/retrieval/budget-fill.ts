import type { DetailLevel } from '../nodes/cache-node.ts';

/** A node that wants to be shown. */
export interface Candidate {
  readonly id: string;
  /** Whose heading it stands under; null: it needs none. */
  readonly group: string | null;
  /** Whose text holds its own: it needs no place of its own once one of these is shown whole. */
  readonly within: readonly string[];
  /** What it is worth to the reader; above 0. */
  readonly score: number;
  /** Tokens of its part at a level; Infinity: it has none. */
  cost(level: DetailLevel): number;
}

/** One sweep over the candidates: raises each that is accepted to `level` while `limit` is not passed. */
export interface Pass {
  readonly level: DetailLevel;
  /** Tokens that may be used when the sweep ends, all former ones included. */
  readonly limit: number;
  readonly accept?: (id: string) => boolean;
  /** Only so many of those that are accepted are looked at. @default all */
  readonly most?: number;
  /**
   * How strongly short ones are preferred: candidates go by score / tokens ^ thrift. 0: best first,
   * whatever it takes; 1: most score for each token. @default 0
   */
  readonly thrift?: number;
}

const order: Readonly<Record<DetailLevel, number>> = {
  reference: 0,
  signature: 1,
  summary: 2,
  excerpt: 3,
  code: 4,
  body: 5,
};

/**
 * Chooses how much of each candidate is shown. What is too big is skipped and the sweep goes on, so that
 * one large node does not end it; unused room falls to the next pass. What is shown whole takes in what
 * was shown of its parts.
 */
export function fillBudget(
  candidates: readonly Candidate[],
  passes: readonly Pass[],
  headingCost: (group: string) => number,
): ReadonlyMap<string, DetailLevel> {
  const chosen = new Map<string, DetailLevel>();
  const groups = new Set<string>();
  const parts = partsOf(candidates);
  let used = 0;
  for (const pass of passes) {
    let left = pass.most ?? Number.POSITIVE_INFINITY;
    for (const candidate of inOrder(candidates, pass)) {
      if (used >= pass.limit) break;
      if (pass.accept !== undefined && !pass.accept(candidate.id)) continue;
      if (left-- <= 0) break;
      const present = chosen.get(candidate.id);
      if (present !== undefined && order[present] >= order[pass.level]) continue;
      if (candidate.within.some((holder) => isWhole(chosen.get(holder)))) continue;
      const before = present === undefined ? 0 : candidate.cost(present);
      const opens = candidate.group !== null && !groups.has(candidate.group);
      const heading = opens && candidate.group !== null ? headingCost(candidate.group) : 0;
      const shown = isWhole(pass.level) ? (parts.get(candidate.id) ?? []) : [];
      const freed = shown.reduce((sum, part) => sum + costOf(part, chosen), 0);
      const cost = candidate.cost(pass.level) - before + heading - freed;
      if (used + cost > pass.limit) continue;
      used += cost;
      for (const { id } of shown) chosen.delete(id);
      chosen.set(candidate.id, pass.level);
      if (candidate.group !== null) groups.add(candidate.group);
    }
  }
  return chosen;
}

/** Whether a level shows all of the code, and so all that it holds. */
export function isWhole(level: DetailLevel | undefined): boolean {
  return level === 'code' || level === 'body';
}

function costOf(candidate: Candidate, chosen: ReadonlyMap<string, DetailLevel>): number {
  const level = chosen.get(candidate.id);
  return level === undefined ? 0 : candidate.cost(level);
}

function partsOf(candidates: readonly Candidate[]): ReadonlyMap<string, readonly Candidate[]> {
  const parts = new Map<string, Candidate[]>();
  for (const candidate of candidates)
    for (const holder of candidate.within) {
      const known = parts.get(holder);
      if (known === undefined) parts.set(holder, [candidate]);
      else known.push(candidate);
    }
  return parts;
}

/** A heading or a name takes some tokens too: the shortest are not worth everything. */
const leastTokens = 8;

function inOrder(
  candidates: readonly Candidate[],
  { level, thrift = 0 }: Pass,
): readonly Candidate[] {
  if (thrift === 0) return candidates;
  return candidates
    .map((candidate) => ({
      candidate,
      worth: candidate.score / (leastTokens + candidate.cost(level)) ** thrift,
    }))
    .sort((a, b) => b.worth - a.worth)
    .map(({ candidate }) => candidate);
}
