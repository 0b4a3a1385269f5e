import type { NodeType } from '../../../graph/nodes/cache-node.ts';
import type { RowStore } from '../storage/row-store.ts';
import { textsKey } from './scope-keys.ts';

/** The texts of a scope by number: parallel columns. */
export interface TextTable {
  readonly ids: readonly string[];
  readonly lengths: readonly number[];
  readonly types: readonly NodeType[];
}

const noTexts: TextTable = { ids: [], lengths: [], types: [] };

export async function readTexts(rows: RowStore, scope: string): Promise<TextTable> {
  const row = await rows.get(textsKey(scope));
  // Written by `scopeRows`; the row's checksum has been checked.
  return row === undefined ? noTexts : (JSON.parse(row) as TextTable);
}
