import type { Node } from 'web-tree-sitter';
import type { NameUses } from './name-uses.ts';
import type { ParsedClass, ParsedFunction } from './parsed-module.ts';
import { cutAt, firstParagraph, onOneLine, sortedUnique } from './source-text.ts';
import { lineOf, textOf } from './syntax-node.ts';

/** Characters of a type or constant that its signature shows. */
const declarationLength = 280;

/** A file whose declarations are described. */
export interface ScriptFile {
  readonly source: string;
  readonly names: NameUses;
}

/** Where a declaration stands. */
export interface Declared {
  readonly node: Node;
  /** What a doc comment stands before: the export around a declaration, or itself. */
  readonly outer: Node;
  readonly exported: boolean;
}

/** Describes a function, a method (`Holder.name`), or what holds a function as its `value`. */
export function describeFunction(
  name: string,
  at: Declared & { readonly value?: Node },
  file: ScriptFile,
): ParsedFunction {
  const { source, names } = file;
  const fn = at.value ?? at.node;
  const body = fn.childForFieldName('body');
  const parameters = fn.childForFieldName('parameters') ?? fn.childForFieldName('parameter');
  const returns = fn.childForFieldName('return_type');
  const head = source.slice(at.node.startIndex, body?.startIndex ?? at.node.endIndex);
  const isMethod = name.includes('.');
  const keyword = at.value !== undefined && !isMethod ? (at.node.parent?.child(0)?.type ?? '') : '';
  const written = onOneLine(`${/^(const|let|var)$/.test(keyword) ? `${keyword} ` : ''}${head}`);
  const holder = isMethod ? name.slice(0, name.lastIndexOf('.') + 1) : '';
  return {
    ...placeOf(at, file),
    name,
    signature: cutAt(`${holder}${written.replace(/[;{]$/, '').trim()}`, 400),
    inputs: (parameters?.namedChildren ?? [])
      .filter((child) => child.type !== 'comment')
      .map((child) => onOneLine(textOf(child, source))),
    output: returns === null ? null : onOneLine(textOf(returns, source).replace(/^\s*:\s*/, '')),
    calls: names.callsIn(at.node),
    uses: names.usesIn(at.node, name),
  };
}

/** Describes a class with the names of its methods. */
export function describeClass(
  name: string,
  at: Declared & { readonly methods: readonly string[] },
  file: ScriptFile,
): ParsedClass {
  const { node } = at;
  const end = node.childForFieldName('body')?.startIndex ?? node.endIndex;
  const heritage = node.namedChildren.filter((child) => /heritage/.test(child.type));
  return {
    ...placeOf(at, file),
    name,
    kind: 'class',
    signature: onOneLine(file.source.slice(node.startIndex, end)),
    bases: basesIn(heritage, file),
    methods: sortedUnique(at.methods),
    uses: file.names.usesIn(node, name),
  };
}

/** Describes an interface, a type or an enum. */
export function describeType(
  name: string,
  at: Declared & { readonly kind: 'interface' | 'type' | 'enum' },
  file: ScriptFile,
): ParsedClass {
  const extended = at.node.namedChildren.filter(({ type }) => type === 'extends_type_clause');
  return {
    ...placeOf(at, file),
    name,
    kind: at.kind,
    signature: shortened(textOf(at.node, file.source)),
    bases: basesIn(extended, file),
    methods: [],
    uses: file.names.usesIn(at.node, name),
  };
}

/** Describes a constant or a variable. */
export function describeConstant(name: string, at: Declared, file: ScriptFile): ParsedClass {
  const keyword = at.node.parent?.child(0)?.type ?? 'const';
  return {
    ...placeOf(at, file),
    name,
    kind: 'constant',
    signature: shortened(`${keyword} ${textOf(at.node, file.source)}`),
    bases: [],
    methods: [],
    uses: file.names.usesIn(at.node, name),
  };
}

function placeOf({ node, outer, exported }: Declared, { source }: ScriptFile) {
  return {
    startLine: lineOf(node),
    endLine: node.endPosition.row + 1,
    doc: docOf(outer, source),
    exported,
  };
}

function basesIn(clauses: readonly Node[], { source }: ScriptFile): readonly string[] {
  return clauses
    .flatMap((clause) => [...textOf(clause, source).matchAll(/[\p{L}_$][\p{L}\p{N}_$.]*/gu)])
    .map(([word]) => word)
    .filter((word) => word !== 'extends' && word !== 'implements');
}

function docOf(node: Node, source: string): string | null {
  const before = node.previousNamedSibling;
  if (before?.type !== 'comment') return null;
  if (node.startPosition.row - before.endPosition.row > 1) return null;
  return firstParagraph(textOf(before, source));
}

/** Without comments, on one line, cut. */
function shortened(text: string): string {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, ' ');
  return cutAt(onOneLine(bare), declarationLength);
}
