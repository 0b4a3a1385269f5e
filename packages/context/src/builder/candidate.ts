import type { ContextSlots } from '../token-budget.ts';
import type { PieceName } from './pieces/piece-text.ts';

/** How much a piece matters; the order of the prompt too. */
export type Level = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';

/** Part of the budget that a piece is paid from first. */
export type SlotName = 'task' | Exclude<keyof ContextSlots, 'history'>;

/** A piece that wants to be in the prompt. */
export interface Candidate {
  readonly ref: string;
  readonly level: Level;
  readonly slot: SlotName;
  /** Levels of detail it may go in with, richest first. */
  readonly forms: readonly string[];
  /**
   * `required`: without the whole of it the call makes no sense, so a larger model is asked instead.
   * `wanted`: the same while there is a larger model; on the last one it may be cut.
   */
  readonly whole?: 'required' | 'wanted' | undefined;
  /** Its middle may be left out, and is marked. */
  readonly cuttable: boolean;
}

/** A candidate that is in the prompt. */
export interface PlacedPiece extends PieceName {
  readonly level: Level;
  readonly text: string;
  readonly tokens: number;
  /** Characters kept of its head and of its tail when it was cut. */
  readonly kept: readonly [head: number, tail: number] | null;
}
