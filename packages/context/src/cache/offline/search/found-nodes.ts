import { nodeFromRow, parseGraphRow } from '../rows/graph-rows.ts';
import type { NodePlace } from '../rows/node-place.ts';
import { graphKey } from '../rows/scope-keys.ts';
import type { ScopeInfo } from '../scopes/scope-info.ts';
import { bucketOf } from '../storage/row-keys.ts';
import type { RowStore } from '../storage/row-store.ts';
import type { SearchHit } from './search-answer.ts';

/** A node by its place, and how near it is to what was asked. */
export interface Found extends NodePlace {
  readonly score: number;
}

/** Best first; equals by their place. */
export function byScore(a: Found, b: Found): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.scope !== b.scope) return a.scope < b.scope ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** The nodes at these places, in this order; each row is read and parsed once. To be called in a turn. */
export async function readFound(
  store: RowStore,
  found: readonly Found[],
  infoOf: (scope: string) => Promise<ScopeInfo | undefined>,
): Promise<readonly SearchHit[]> {
  const keys = await Promise.all(
    found.map(async ({ scope, id }) =>
      graphKey(scope, bucketOf(id, (await infoOf(scope))?.buckets ?? 1)),
    ),
  );
  const distinct = [...new Set(keys)];
  const rows = await store.getMany(distinct);
  const parsed = new Map(
    distinct.flatMap((key, i) =>
      rows[i] === undefined ? [] : [[key, parseGraphRow(rows[i])] as const],
    ),
  );
  return found.flatMap(({ scope, id, score }, i) => {
    const row = parsed.get(keys[i] ?? '');
    const node = row === undefined ? undefined : nodeFromRow(row, id);
    return node === undefined ? [] : [{ scope, node, score }];
  });
}
