import type { IndexContents } from '../../../graph/words/keyword-index.ts';
import { keyWords, rowKey } from '../storage/row-keys.ts';
import type { Range, RowStore } from '../storage/row-store.ts';
import type { TextTable } from './text-table.ts';
import type { TextTotals } from './text-totals.ts';

/** A text of a task by its node, how often the word is in it, and its length in words. */
export type TaskWordPlace = readonly [id: string, count: number, length: number];

/** Where a word stands in one scope's tasks. */
export interface TaskWord {
  readonly word: string;
  readonly scope: string;
  readonly places: readonly TaskWordPlace[];
}

const keyOf = (word: string, scope: string) => rowKey('task-word', word, scope);

/** A row for each word of a scope's texts of type `task`: so that tasks are found without asking each. */
export function taskWordRows(
  scope: string,
  { ids, lengths, words, places }: IndexContents,
  types: TextTable['types'],
): { readonly rows: ReadonlyMap<string, string>; readonly totals: TextTotals } {
  const isTask = types.map((type) => type === 'task');
  const rows = new Map<string, string>();
  words.forEach((word, w) => {
    const found: TaskWordPlace[] = [];
    // All reads are inside their arrays.
    for (let i = places.starts[w] as number; i < (places.ends[w] as number); i++) {
      const text = places.texts[i] as number;
      if (isTask[text])
        found.push([ids[text] as string, places.counts[i] as number, lengths[text] as number]);
    }
    if (found.length > 0) rows.set(keyOf(word, scope), JSON.stringify(found));
  });
  const tasks = lengths.filter((_, text) => isTask[text]);
  return {
    rows,
    totals: { texts: tasks.length, totalLength: tasks.reduce((sum, length) => sum + length, 0) },
  };
}

/** A word in the tasks of any scopes, of so many at most. */
export async function readTaskWord(
  rows: RowStore,
  word: string,
  { limit }: Required<Pick<Range, 'limit'>>,
): Promise<readonly TaskWord[]> {
  const stored = await rows.under(`${rowKey('task-word', word)}/`, { limit });
  return stored.map(({ key, value }) => {
    const [, , scope = ''] = keyWords(key);
    return { word, scope, places: parsePlaces(value) };
  });
}

/** Words in the tasks of the scopes that are asked for; where one is not, there is nothing. */
export async function readTaskWords(
  rows: RowStore,
  asked: readonly Omit<TaskWord, 'places'>[],
): Promise<readonly TaskWord[]> {
  const values = await rows.getMany(asked.map(({ word, scope }) => keyOf(word, scope)));
  return asked.flatMap((one, i) => {
    const value = values[i];
    return value === undefined ? [] : [{ ...one, places: parsePlaces(value) }];
  });
}

function parsePlaces(value: string): readonly TaskWordPlace[] {
  // Written by `taskWordRows`; the row's checksum has been checked.
  return JSON.parse(value) as readonly TaskWordPlace[];
}
