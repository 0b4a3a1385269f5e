import type { Node } from 'web-tree-sitter';

export function textOf(node: Node, source: string): string {
  return source.slice(node.startIndex, node.endIndex);
}

/** The line that it begins on; the first is 1. */
export function lineOf(node: Node): number {
  return node.startPosition.row + 1;
}
