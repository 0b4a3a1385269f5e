import { keyWords, rowKey } from '../storage/row-keys.ts';
import type { Range, RowStore } from '../storage/row-store.ts';
import type { TextTable } from './text-table.ts';
import { parseVectorRow, type ScopeVectors, vectorRow } from './vector-rows.ts';

/** The vectors of one scope's tasks. */
export interface TaskVectors extends ScopeVectors {
  readonly scope: string;
  /** Whether the scope has a vector for each of its texts. */
  readonly whole: boolean;
}

type Stored = Pick<TaskVectors, 'model' | 'dimension' | 'whole'> & { readonly row: string };

/** A row with the vectors of a scope's tasks, under the sequence up to which it was folded; none without tasks. */
export function taskVectorRows(
  { scope, sequence }: { readonly scope: string; readonly sequence: number },
  vectors: ScopeVectors,
  { ids, types }: Pick<TextTable, 'ids' | 'types'>,
): ReadonlyMap<string, string> {
  const tasks = new Set(ids.filter((_, text) => types[text] === 'task'));
  if (tasks.size === 0) return new Map();
  const own = vectors.ids.flatMap((id, index) => (tasks.has(id) ? [index] : []));
  const { model, dimension } = vectors;
  const whole = vectors.ids.length === ids.length;
  const stored: Stored = { model, dimension, whole, row: vectorRow(vectors, own) };
  const key = rowKey('task-vectors', String(sequence).padStart(16, '0'), scope);
  return new Map([[key, JSON.stringify(stored)]]);
}

/** Of the scopes that were folded last, so many. */
export async function newestTaskVectors(
  rows: RowStore,
  limit: NonNullable<Range['limit']>,
): Promise<readonly TaskVectors[]> {
  const stored = await rows.under('task-vectors/', { limit, last: true });
  return stored.map(({ key, value }) => {
    // Written by `taskVectorRows`; the row's checksum has been checked.
    const { row, ...made } = JSON.parse(value) as Stored;
    return { scope: keyWords(key)[2] ?? '', ...made, ...parseVectorRow(row) };
  });
}
