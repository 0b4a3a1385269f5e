import type { TextTotals } from '../rows/text-totals.ts';
import type { WordStatistics } from '../rows/word-rows.ts';

/** What is known of a scope without reading its rows. Never changed: another save makes another one. */
export interface ScopeInfo {
  readonly sequence: number;
  /** Rows of the graph, and of the vectors. */
  readonly buckets: number;
  readonly words: WordStatistics;
  /** Its share of the texts of all tasks. */
  readonly tasks: TextTotals;
  /** What made the vectors; null when there are none. */
  readonly embedding: { readonly model: string; readonly dimension: number } | null;
  /** Checksums of the scope's rows by key: what did not change is not written again. */
  readonly sums: Readonly<Record<string, string>>;
}

/** Whether they tell of the same save, or of two that stored the same. */
export function sameInfo(a: ScopeInfo | undefined, b: ScopeInfo | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
