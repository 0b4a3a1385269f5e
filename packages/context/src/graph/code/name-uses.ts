import type { Node } from 'web-tree-sitter';
import { sortedUnique } from './source-text.ts';
import { textOf } from './syntax-node.ts';

interface Named {
  readonly at: number;
  readonly name: string;
}

/** All names of a file by their place, so that each declaration can take its own. */
export class NameUses {
  readonly #identifiers: readonly Named[];
  readonly #calls: readonly Named[];

  constructor(
    root: Node,
    source: string,
    kinds: {
      readonly identifiers: string[];
      readonly call: string;
      /** Whether the grammar calls the `match` of `re.match` an identifier too. */
      readonly attributes: boolean;
    },
  ) {
    this.#identifiers = root
      .descendantsOfType(kinds.identifiers)
      .flatMap((node) =>
        kinds.attributes && isAttribute(node)
          ? []
          : [{ at: node.startIndex, name: textOf(node, source) }],
      );
    this.#calls = root.descendantsOfType(kinds.call).flatMap((node) => {
      const callee = node.childForFieldName('function') ?? node.childForFieldName('constructor');
      const name = callee === null ? '' : textOf(callee, source);
      return /^[\p{L}_$][\p{L}\p{N}_$.]*$/u.test(name) ? [{ at: node.startIndex, name }] : [];
    });
  }

  /** Identifiers inside a node that could name something outside, dotted calls (`re.match`) among them. */
  usesIn(node: Node, own: string): readonly string[] {
    const dotted = this.callsIn(node).filter((name) => name.includes('.'));
    const names = within(this.#identifiers, node).concat(dotted);
    return sortedUnique(names.filter((name) => name !== own));
  }

  callsIn(node: Node): readonly string[] {
    return sortedUnique(within(this.#calls, node));
  }
}

/** The `match` of `re.match`: it names nothing by itself. */
function isAttribute(node: Node): boolean {
  const parent = node.parent;
  if (parent?.type !== 'attribute' && parent?.type !== 'keyword_argument') return false;
  const field = parent.type === 'attribute' ? 'attribute' : 'name';
  return parent.childForFieldName(field)?.id === node.id;
}

/** Names are in the order of the source: those of one node stand together. */
function within(names: readonly Named[], node: Node): string[] {
  const found: string[] = [];
  for (let i = firstAt(names, node.startIndex); i < names.length; i++) {
    const named = names[i];
    if (named === undefined || named.at >= node.endIndex) break;
    found.push(named.name);
  }
  return found;
}

function firstAt(names: readonly Named[], start: number): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle]?.at ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
