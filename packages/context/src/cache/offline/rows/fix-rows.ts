import type { StoredNode } from '../../../graph/nodes/cache-node.ts';
import { keyWords, rowKey } from '../storage/row-keys.ts';
import type { RowStore } from '../storage/row-store.ts';
import type { NodePlace } from './node-place.ts';

/** A row for each correction after which the tests passed; its key begins with what had failed. */
export function fixKeys(scope: string, nodes: readonly StoredNode[]): readonly string[] {
  return nodes.flatMap(({ id, metadata: { failureSignature, outcome } }) =>
    typeof failureSignature === 'string' && failureSignature !== '' && outcome === 'passed'
      ? [rowKey('fix', failureSignature, scope, id)]
      : [],
  );
}

/** The corrections of failures with this signature, in any scope. */
export async function readFixes(rows: RowStore, signature: string): Promise<readonly NodePlace[]> {
  const fixes = await rows.under(`${rowKey('fix', signature)}/`);
  return fixes.map(({ key }) => {
    const [, , scope = '', id = ''] = keyWords(key);
    return { scope, id };
  });
}
