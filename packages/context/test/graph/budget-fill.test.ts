import { describe, expect, it } from 'vitest';
import { type Candidate, fillBudget, type Pass } from '../../src/graph/retrieval/budget-fill.ts';

/** 10 tokens for a signature, 40 for an excerpt, 100 for the code. */
const costs = { reference: 1, signature: 10, summary: 20, excerpt: 40, code: 100, body: 120 };

function candidate(id: string, within: readonly string[] = []): Candidate {
  return { id, group: null, within, score: 1, cost: (level) => costs[level] };
}

function filled(candidates: readonly Candidate[], ...passes: readonly Pass[]) {
  return Object.fromEntries(fillBudget(candidates, passes, () => 0));
}

describe('fillBudget', () => {
  it('skips what is too big and goes on with what is not', () => {
    const big: Candidate = { ...candidate('big'), cost: () => 99 };
    expect(filled([big, candidate('a')], { level: 'signature', limit: 50 })).toEqual({
      a: 'signature',
    });
  });

  it('looks only at as many of the accepted ones as a pass says', () => {
    const all = ['a', 'x', 'b', 'c'].map((id) => candidate(id));
    const accept = (id: string) => id !== 'x';
    expect(filled(all, { level: 'signature', limit: 99, accept, most: 2 })).toEqual({
      a: 'signature',
      b: 'signature',
    });
  });

  it('gives the room of parts to what holds them once that is shown whole, and parts none after', () => {
    const all = [candidate('m'), candidate('f', ['m']), candidate('g', ['m'])];
    const signatures: Pass = { level: 'signature', limit: 30 };
    const code: Pass = { level: 'code', limit: 100 };
    expect(filled(all, signatures, code, signatures)).toEqual({ m: 'code' });
    expect(filled(all, signatures, { ...code, limit: 99 })).toEqual({
      m: 'signature',
      f: 'signature',
      g: 'signature',
    });
  });

  it('keeps the parts beside an excerpt, which does not show them all', () => {
    const all = [candidate('m'), candidate('f', ['m'])];
    expect(
      filled(all, { level: 'signature', limit: 30 }, { level: 'excerpt', limit: 60, most: 1 }),
    ).toEqual({ m: 'excerpt', f: 'signature' });
  });
});
