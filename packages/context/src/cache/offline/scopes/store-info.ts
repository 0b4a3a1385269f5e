import { itemPrefix } from '../rows/item-rows.ts';
import { noTotals, type TextTotals } from '../rows/text-totals.ts';
import { rowKey } from '../storage/row-keys.ts';
import type { Change, RowStore } from '../storage/row-store.ts';

/** What is known of the whole store. */
export interface StoreInfo {
  /** The last sequence of the log that is folded in. */
  readonly sequence: number;
  /** The texts of all tasks. */
  readonly tasks: TextTotals;
}

export const emptyStore: StoreInfo = { sequence: 0, tasks: noTotals };

const key = rowKey('meta');
/** How rows are written. */
const format = 4;

/** The row that holds it. */
export function storeInfoRow(info: StoreInfo): Change {
  return { key, value: JSON.stringify({ format, ...info }) };
}

/** Reads it; rows of another format are replaced first. */
export async function readStoreInfo(rows: RowStore): Promise<StoreInfo> {
  const [row] = await rows.under(key, { former: true });
  if (row !== undefined) {
    // Written by `storeInfoRow`; the row's checksum has been checked.
    const { format: written, ...info } = JSON.parse(row.value) as StoreInfo & { format: number };
    if (written === format) return info;
  }
  await replaceRows(rows);
  return emptyStore;
}

/**
 * What the log has is dropped, to be folded again; what was migrated is written in the present form. The
 * format is written last, in one batch with it: interrupted before, all of this is done at the next opening.
 */
async function replaceRows(rows: RowStore): Promise<void> {
  const items = await rows.under(itemPrefix, { former: true });
  await rows.clear({ except: [itemPrefix, key] });
  await rows.write([...items, storeInfoRow(emptyStore)]);
}
