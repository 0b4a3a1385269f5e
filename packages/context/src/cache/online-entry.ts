import type { CachePriority } from './cache-priority.ts';

/** One thing that is kept. */
export interface OnlineEntry<Value> {
  readonly key: string;
  readonly value: Value;
  readonly tokens: number;
  readonly priority: CachePriority;
}

/**
 * What became of a `set`: kept, or why not.
 *
 * - `no-budget`: the budget is 0.
 * - `larger-than-budget`: the item alone is above the budget.
 * - `no-room`: everything in the way has a higher priority.
 */
export type SetOutcome =
  | { readonly stored: true }
  | { readonly stored: false; readonly reason: 'no-budget' | 'larger-than-budget' | 'no-room' };

// One of each for all sets: they allocate nothing.
export const kept: SetOutcome = Object.freeze({ stored: true });
export const noBudget: SetOutcome = Object.freeze({ stored: false, reason: 'no-budget' });
export const tooLarge: SetOutcome = Object.freeze({ stored: false, reason: 'larger-than-budget' });
export const noRoom: SetOutcome = Object.freeze({ stored: false, reason: 'no-room' });
