import type { JsonValue } from '@org/events';
import type { OnlineEntry } from '../../online-entry.ts';
import { keyWords, rowKey } from '../storage/row-keys.ts';
import type { Change, RowStore } from '../storage/row-store.ts';

/** How the keys of these rows begin: they are not derived from the log. */
export const itemPrefix = 'item/';

/** What an OnlineCache holds, a row for each entry. */
export function itemRows(entries: Iterable<OnlineEntry<JsonValue>>): readonly Change[] {
  return [...entries].map(({ key, value, tokens, priority }) => ({
    key: rowKey('item', key),
    value: JSON.stringify({ value, tokens, priority }),
  }));
}

/** The entries that `itemRows` made, sorted by key. */
export async function readItems(rows: RowStore): Promise<readonly OnlineEntry<JsonValue>[]> {
  const stored = await rows.under(itemPrefix);
  return stored.map(({ key, value }) => ({
    key: keyWords(key)[1] ?? '',
    // Written by `itemRows`; the row's checksum has been checked.
    ...(JSON.parse(value) as Omit<OnlineEntry<JsonValue>, 'key'>),
  }));
}
