import type { Neighbours } from './neighbours.ts';

/** Nodes at most `depth` edges away from `start`, with their distance, nearest first. Each node once. */
export function breadthFirst(
  neighbours: Neighbours,
  start: number,
  options: { readonly depth: number },
): readonly { readonly index: number; readonly distance: number }[] {
  const { offsets, targets } = neighbours;
  const seen = new Uint8Array(offsets.length - 1);
  const found = [{ index: start, distance: 0 }];
  seen[start] = 1;
  for (const { index, distance } of found) {
    if (distance === options.depth) break;
    // Reads inside the bounds of the arrays.
    for (let e = offsets[index] as number; e < (offsets[index + 1] as number); e++) {
      const target = targets[e] as number;
      if (seen[target] === 1) continue;
      seen[target] = 1;
      found.push({ index: target, distance: distance + 1 });
    }
  }
  return found;
}
