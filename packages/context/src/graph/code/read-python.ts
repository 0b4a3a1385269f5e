import type { Node } from 'web-tree-sitter';
import { NameUses } from './name-uses.ts';
import type { ParsedClass, ParsedFunction, ParsedImport, ParsedModule } from './parsed-module.ts';
import { cutAt, docstringParagraph, onOneLine, sortedUnique } from './source-text.ts';
import { lineOf, textOf } from './syntax-node.ts';

/** Reads the syntax tree of a Python file. */
export function readPython(root: Node, source: string): Omit<ParsedModule, 'language' | 'parser'> {
  const reader = new PythonReader(root, source);
  reader.readAll(root);
  const names = [...reader.functions, ...reader.classes]
    .map(({ name }) => name)
    .filter((name) => !name.includes('.') && !name.startsWith('_'));
  return {
    functions: reader.functions,
    classes: reader.classes,
    imports: reader.imports,
    exports: reader.all ?? sortedUnique(names),
    defaultExport: null,
    doc: docOf(root, source),
    hasErrors: root.hasError,
  };
}

class PythonReader {
  readonly functions: ParsedFunction[] = [];
  readonly classes: ParsedClass[] = [];
  readonly imports: ParsedImport[] = [];
  /** What `__all__` lists. */
  all: readonly string[] | null = null;
  readonly #source: string;
  readonly #names: NameUses;

  constructor(root: Node, source: string) {
    this.#source = source;
    this.#names = new NameUses(root, source, {
      identifiers: ['identifier'],
      call: 'call',
      attributes: true,
    });
  }

  readAll(parent: Node): void {
    for (const node of parent.namedChildren) this.#read(node, node);
  }

  #read(node: Node, outer: Node): void {
    switch (node.type) {
      case 'function_definition':
        this.#addFunction(node, outer, null);
        break;
      case 'class_definition':
        this.#addClass(node, outer);
        break;
      case 'decorated_definition': {
        const definition = node.childForFieldName('definition');
        if (definition !== null) this.#read(definition, node);
        return;
      }
      case 'import_statement':
        this.#addImports(node);
        break;
      case 'import_from_statement':
        this.#addImportFrom(node);
        break;
      case 'expression_statement':
        this.#addConstant(node);
        break;
      case 'if_statement':
      case 'try_statement':
      case 'else_clause':
      case 'elif_clause':
      case 'except_clause':
      case 'block':
      case 'ERROR':
        this.readAll(node);
        break;
      default:
    }
  }

  #addFunction(node: Node, outer: Node, holder: string | null): void {
    const own = this.#text(node.childForFieldName('name') ?? node);
    const name = holder === null ? own : `${holder}.${own}`;
    const parameters = node.childForFieldName('parameters');
    const returns = node.childForFieldName('return_type');
    const body = node.childForFieldName('body');
    const head = onOneLine(
      this.#source.slice(node.startIndex, body?.startIndex ?? node.endIndex),
    ).replace(/\s*:\s*(#.*)?$/, '');
    this.functions.push({
      name,
      signature: cutAt(holder === null ? head : head.replace(/\bdef\s+/, `def ${holder}.`), 400),
      inputs: (parameters?.namedChildren ?? [])
        .filter((child) => child.type !== 'comment')
        .map((child) => onOneLine(this.#text(child))),
      output: returns === null ? null : onOneLine(this.#text(returns)),
      startLine: lineOf(outer),
      endLine: node.endPosition.row + 1,
      doc: body === null ? null : docOf(body, this.#source),
      exported: !own.startsWith('_'),
      calls: this.#names.callsIn(node),
      uses: this.#names.usesIn(node, own),
    });
  }

  #addClass(node: Node, outer: Node): void {
    const name = this.#text(node.childForFieldName('name') ?? node);
    const body = node.childForFieldName('body');
    const bases = node.childForFieldName('superclasses');
    const methods: string[] = [];
    for (const member of body?.namedChildren ?? []) {
      const method =
        member.type === 'decorated_definition' ? member.childForFieldName('definition') : member;
      if (method?.type !== 'function_definition') continue;
      methods.push(this.#text(method.childForFieldName('name') ?? method));
      this.#addFunction(method, member, name);
    }
    this.classes.push({
      name,
      kind: 'class',
      signature: onOneLine(
        this.#source.slice(node.startIndex, body?.startIndex ?? node.endIndex),
      ).replace(/\s*:\s*(#.*)?$/, ''),
      startLine: lineOf(outer),
      endLine: node.endPosition.row + 1,
      doc: body === null ? null : docOf(body, this.#source),
      exported: !name.startsWith('_'),
      bases: (bases?.namedChildren ?? [])
        .filter((base) => base.type === 'identifier' || base.type === 'attribute')
        .map((base) => this.#text(base)),
      methods: sortedUnique(methods),
      uses: this.#names.usesIn(node, name),
    });
  }

  #addConstant(statement: Node): void {
    const node = statement.namedChild(0);
    const left = node?.childForFieldName('left');
    if (node?.type !== 'assignment' || left?.type !== 'identifier') return;
    const name = this.#text(left);
    if (name === '__all__') {
      this.all = sortedUnique(
        [...this.#text(node).matchAll(/['"]([^'"]+)['"]/g)].map((m) => m[1] ?? ''),
      );
      return;
    }
    this.classes.push({
      name,
      kind: 'constant',
      signature: cutAt(onOneLine(this.#text(node)), 280),
      startLine: lineOf(node),
      endLine: node.endPosition.row + 1,
      doc: null,
      exported: !name.startsWith('_'),
      bases: [],
      methods: [],
      uses: this.#names.usesIn(node, name),
    });
  }

  /** `import a.b, c as d` */
  #addImports(node: Node): void {
    for (const child of node.namedChildren) {
      const module = this.#text(child.childForFieldName('name') ?? child);
      const alias = child.childForFieldName('alias');
      this.imports.push({
        source: module,
        names: [{ imported: '*', local: alias === null ? module : this.#text(alias) }],
        line: lineOf(node),
        typeOnly: false,
        reexport: false,
      });
    }
  }

  /** `from .a import b, c as d` and `from a import *`. What a package's `__init__` imports it also offers. */
  #addImportFrom(node: Node): void {
    const module = node.childForFieldName('module_name');
    const names = node.namedChildren
      .filter((child) => child.id !== module?.id)
      .map((child) => {
        if (child.type === 'wildcard_import') return { imported: '*', local: '*' };
        const imported = this.#text(child.childForFieldName('name') ?? child);
        const alias = child.childForFieldName('alias');
        return { imported, local: alias === null ? imported : this.#text(alias) };
      });
    this.imports.push({
      source: module === null ? '' : this.#text(module),
      names,
      line: lineOf(node),
      typeOnly: false,
      reexport: false,
    });
  }

  #text(node: Node): string {
    return textOf(node, this.#source);
  }
}

function docOf(body: Node, source: string): string | null {
  const first = body.namedChildren.find((child) => child.type !== 'comment');
  const literal = first?.type === 'expression_statement' ? first.namedChild(0) : first;
  return literal?.type === 'string' ? docstringParagraph(textOf(literal, source)) : null;
}
