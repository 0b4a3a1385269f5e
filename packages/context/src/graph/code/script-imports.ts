import type { Node } from 'web-tree-sitter';
import type { ParsedImport } from './parsed-module.ts';
import { lineOf, textOf } from './syntax-node.ts';

type Names = ParsedImport['names'];

/** `import a, { b as c } from 'x'`; null where it does not say from where. */
export function importOf(node: Node, source: string): ParsedImport | null {
  const from = node.childForFieldName('source');
  if (from === null) return null;
  const clause = node.namedChildren.find((child) => child.type === 'import_clause');
  return {
    source: unquoted(textOf(from, source)),
    names: (clause?.namedChildren ?? []).flatMap((child) => importedNames(child, source)),
    line: lineOf(node),
    typeOnly: isTypeOnly(node),
    reexport: false,
  };
}

/** `const { a, b: c } = require('x')`, and `const x = require('x')`; null for any other value. */
export function requireOf(name: Node, value: Node, source: string): ParsedImport | null {
  const call = /^(?:await import|require)\(\s*(['"`])([^'"`]+)\1\s*\)$/.exec(textOf(value, source));
  if (call?.[2] === undefined) return null;
  const names =
    name.type === 'identifier'
      ? [{ imported: '*', local: textOf(name, source) }]
      : name.namedChildren.map((child) =>
          namesOf(child.childForFieldName('key') ?? child, {
            alias: child.childForFieldName('value'),
            source,
          }),
        );
  return { source: call[2], names, line: lineOf(name), typeOnly: false, reexport: false };
}

/** `export { a, b as c }`, and with `from 'x'` what it takes from there, as `export * as d from 'x'` does. */
export function exportClauseOf(
  node: Node,
  source: string,
): { readonly exports: readonly string[]; readonly reexport: ParsedImport | null } {
  const from = node.childForFieldName('source');
  const clause = node.namedChildren.find((child) => child.type === 'export_clause');
  const names = (clause?.namedChildren ?? []).map((child) => specified(child, source));
  const exports = names.map(({ local }) => local);
  if (from === null) return { exports, reexport: null };
  const namespace = node.namedChildren.find((child) => child.type === 'namespace_export');
  return {
    exports: namespace === undefined ? exports : [...exports, namespaceIn(namespace, source)],
    reexport: {
      source: unquoted(textOf(from, source)),
      names: clause === undefined ? [{ imported: '*', local: '*' }] : names,
      line: lineOf(node),
      typeOnly: isTypeOnly(node),
      reexport: true,
    },
  };
}

/** The `a` of `exports.a = …`; null in any other statement. */
export function assignedExport(statement: string): string | null {
  return /^(?:module\.)?exports\.([\p{L}_$][\p{L}\p{N}_$]*)\s*=/u.exec(statement)?.[1] ?? null;
}

/** The names of `module.exports = { a, b }`; `default` and `f` of `module.exports = f`. */
export function moduleExports(statement: string): readonly string[] {
  const whole = /^module\.exports\s*=\s*(?:\{([^}]*)\}|([\p{L}_$][\p{L}\p{N}_$]*))/u.exec(
    statement,
  );
  if (whole?.[2] !== undefined) return ['default', whole[2]];
  return (whole?.[1] ?? '')
    .split(',')
    .flatMap((part) => /^\s*([\p{L}_$][\p{L}\p{N}_$]*)/u.exec(part)?.[1] ?? []);
}

function importedNames(node: Node, source: string): Names {
  if (node.type === 'identifier') return [{ imported: 'default', local: textOf(node, source) }];
  if (node.type === 'namespace_import')
    return [{ imported: '*', local: namespaceIn(node, source) }];
  return node.namedChildren
    .filter((child) => child.type === 'import_specifier')
    .map((child) => specified(child, source));
}

/** `a` or `a as b`. */
function specified(specifier: Node, source: string): Names[number] {
  const alias = specifier.childForFieldName('alias');
  return namesOf(specifier.childForFieldName('name') ?? specifier, { alias, source });
}

function namesOf(
  node: Node,
  { alias, source }: { readonly alias: Node | null; readonly source: string },
): Names[number] {
  const imported = textOf(node, source);
  return { imported, local: alias === null ? imported : textOf(alias, source) };
}

/** The `a` of `* as a`. */
function namespaceIn(node: Node, source: string): string {
  return textOf(node, source).replace(/^\*\s*as\s*/, '');
}

function isTypeOnly(node: Node): boolean {
  return node.children.some((child) => child.type === 'type');
}

function unquoted(text: string): string {
  return text.slice(1, -1);
}
