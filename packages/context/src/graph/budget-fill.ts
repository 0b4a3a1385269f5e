import type { DetailLevel } from './cache-node.ts';

/** A node that wants to be shown. */
export interface Candidate {
  readonly id: string;
  /** Whose heading it stands under; null: it needs none. */
  readonly group: string | null;
  /** Tokens of its part at a level; Infinity: it has none. */
  cost(level: DetailLevel): number;
}

/** One sweep over the candidates, best first: raises each that is accepted to `level` while `limit` is not passed. */
export interface Pass {
  readonly level: DetailLevel;
  /** Tokens that may be used when the sweep ends, all former ones included. */
  readonly limit: number;
  readonly accept?: (id: string) => boolean;
}

const order: Readonly<Record<DetailLevel, number>> = {
  reference: 0,
  signature: 1,
  summary: 2,
  body: 3,
};

/**
 * Chooses how much of each candidate is shown. What is too big is skipped and the sweep goes on, so that
 * one large node does not end it; unused room falls to the next pass.
 */
export function fillBudget(
  candidates: readonly Candidate[],
  passes: readonly Pass[],
  headingCost: (group: string) => number,
): ReadonlyMap<string, DetailLevel> {
  const chosen = new Map<string, DetailLevel>();
  const groups = new Set<string>();
  let used = 0;
  for (const pass of passes) {
    for (const candidate of candidates) {
      if (used >= pass.limit) break;
      if (pass.accept !== undefined && !pass.accept(candidate.id)) continue;
      const present = chosen.get(candidate.id);
      if (present !== undefined && order[present] >= order[pass.level]) continue;
      const before = present === undefined ? 0 : candidate.cost(present);
      const opens = candidate.group !== null && !groups.has(candidate.group);
      const heading = opens && candidate.group !== null ? headingCost(candidate.group) : 0;
      const cost = candidate.cost(pass.level) - before + heading;
      if (used + cost > pass.limit) continue;
      used += cost;
      chosen.set(candidate.id, pass.level);
      if (candidate.group !== null) groups.add(candidate.group);
    }
  }
  return chosen;
}
