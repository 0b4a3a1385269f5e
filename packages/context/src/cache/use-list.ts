/** Where an entry lives. Used again for another one after it left, so that sets allocate nothing. */
export class Slot<Value> {
  key: string;
  value: Value;
  tokens: number;
  rank: number;
  older: Slot<Value> | null = null;
  newer: Slot<Value> | null = null;

  constructor(key: string, value: Value, tokens: number, rank: number) {
    this.key = key;
    this.value = value;
    this.tokens = tokens;
    this.rank = rank;
  }
}

/** The entries of one priority, least recently used first. */
export class UseList<Value> {
  oldest: Slot<Value> | null = null;
  newest: Slot<Value> | null = null;
  tokens = 0;
}

/** Makes a slot the most recently used. */
export function append<Value>(list: UseList<Value>, entry: Slot<Value>): void {
  const { newest } = list;
  entry.older = newest;
  entry.newer = null;
  if (newest === null) list.oldest = entry;
  else newest.newer = entry;
  list.newest = entry;
  list.tokens += entry.tokens;
}

/** Takes a slot out of its list. */
export function unlink<Value>(list: UseList<Value>, entry: Slot<Value>): void {
  const { older, newer } = entry;
  if (older === null) list.oldest = newer;
  else older.newer = newer;
  if (newer === null) list.newest = older;
  else newer.older = older;
  entry.older = null;
  entry.newer = null;
  list.tokens -= entry.tokens;
}
