import { infoKey } from '../rows/scope-keys.ts';
import type { Change } from '../storage/row-store.ts';
import type { ScopeInfo } from './scope-info.ts';

/** What has to be written so that a scope is as these rows say: only what changed, by the checksums. */
export function changesBetween(
  former: ScopeInfo | undefined,
  {
    scope,
    info,
    rows,
  }: {
    readonly scope: string;
    readonly info: ScopeInfo;
    readonly rows: ReadonlyMap<string, string>;
  },
): readonly Change[] {
  const sums = former?.sums ?? {};
  const changes: Change[] = [{ key: infoKey(scope), value: JSON.stringify(info) }];
  for (const [key, value] of rows) {
    const sum = info.sums[key];
    if (sums[key] !== sum) changes.push({ key, value, sum });
  }
  for (const key of Object.keys(sums)) if (!rows.has(key)) changes.push(deletion(key));
  return changes;
}

/** Deletes a row. */
export function deletion(key: string): Change {
  return { key, value: null };
}
