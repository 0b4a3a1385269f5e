/**
 * A persistent set of ids as plain JSON: the newest ones as they came, the others in sorted runs.
 *
 * Adding never changes the set given, shares all but O(1) runs with it, and copies each id
 * O(log n) times in all (the logarithmic method of Bentley and Saxe, 1980).
 */
export interface EventIds {
  readonly newest: readonly string[];
  /** Each longer than the next. */
  readonly runs: readonly (readonly string[])[];
  /** False once events are known to be missing, so that an unknown id means nothing. */
  readonly complete: boolean;
}

export const noEventIds: EventIds = { newest: [], runs: [], complete: true };

const newestAtMost = 64;

export function addEventId(ids: EventIds, id: string): EventIds {
  const newest = ids.newest.concat(id);
  if (newest.length < newestAtMost) return { ...ids, newest };
  const runs = [...ids.runs];
  let run: readonly string[] = newest.sort();
  for (let last = runs.at(-1); last && last.length <= run.length; last = runs.at(-1)) {
    run = mergeSorted(last, run);
    runs.pop();
  }
  return { ...ids, newest: [], runs: [...runs, run] };
}

export function hasEventId(ids: EventIds, id: string): boolean {
  // A cause is mostly the event just before.
  return ids.newest.lastIndexOf(id) >= 0 || ids.runs.some((run) => hasSorted(run, id));
}

function hasSorted(run: readonly string[], id: string): boolean {
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = run[middle];
    if (found === id) return true;
    if (found !== undefined && found < id) low = middle + 1;
    else high = middle;
  }
  return false;
}

function mergeSorted(a: readonly string[], b: readonly string[]): readonly string[] {
  const [lastOfA, firstOfB] = [a.at(-1), b[0]];
  // Time-ordered ids come in order: then it is a plain copy.
  if (lastOfA === undefined || firstOfB === undefined || lastOfA <= firstOfB) return a.concat(b);
  const merged: string[] = [];
  let next = 0;
  for (const id of a) {
    for (let other = b[next]; other !== undefined && other < id; other = b[++next]) {
      merged.push(other);
    }
    merged.push(id);
  }
  return merged.concat(b.slice(next));
}
