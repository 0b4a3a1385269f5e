import type { Node } from 'web-tree-sitter';
import { NameUses, textOf } from './name-uses.ts';
import type { ParsedClass, ParsedFunction, ParsedImport, ParsedModule } from './parsed-module.ts';
import { cutAt, firstParagraph, onOneLine, sortedUnique } from './source-text.ts';

/** Characters of a type or constant that its signature shows. */
const declarationLength = 280;

/** Reads the syntax tree of a TypeScript or JavaScript file. */
export function readScript(root: Node, source: string): Omit<ParsedModule, 'language' | 'parser'> {
  const reader = new ScriptReader(root, source);
  reader.readAll(root, false);
  return {
    functions: reader.functions,
    classes: reader.classes,
    imports: reader.imports,
    exports: sortedUnique(reader.exports),
    defaultExport: reader.defaultExport,
    doc: headComment(root, source),
    hasErrors: root.hasError,
  };
}

class ScriptReader {
  readonly functions: ParsedFunction[] = [];
  readonly classes: ParsedClass[] = [];
  readonly imports: ParsedImport[] = [];
  readonly exports: string[] = [];
  defaultExport: string | null = null;
  readonly #source: string;
  readonly #names: NameUses;

  constructor(root: Node, source: string) {
    this.#source = source;
    this.#names = new NameUses(root, source, {
      identifiers: ['identifier', 'type_identifier', 'shorthand_property_identifier'],
      call: 'call_expression',
      attributes: false,
    });
  }

  readAll(parent: Node, exported: boolean): void {
    for (const node of parent.namedChildren) this.#read(node, exported, node);
  }

  /** `outer` is what a doc comment stands before: the export around a declaration, or itself. */
  #read(node: Node, exported: boolean, outer: Node): void {
    switch (node.type) {
      case 'export_statement':
        this.#readExport(node);
        break;
      case 'import_statement':
        this.#readImport(node);
        break;
      case 'function_declaration':
      case 'generator_function_declaration':
      case 'function_signature':
        this.#addFunction(this.#nameOf(node), { node, outer, exported });
        break;
      case 'class_declaration':
      case 'abstract_class_declaration':
        this.#readClass(node, exported, outer);
        break;
      case 'interface_declaration':
        this.#addType('interface', { node, outer, exported });
        break;
      case 'type_alias_declaration':
        this.#addType('type', { node, outer, exported });
        break;
      case 'enum_declaration':
        this.#addType('enum', { node, outer, exported });
        break;
      case 'lexical_declaration':
      case 'variable_declaration':
        this.#readVariables(node, exported, outer);
        break;
      case 'expression_statement':
        this.#readStatement(node);
        break;
      case 'ambient_declaration':
      case 'ERROR':
        this.readAll(node, exported);
        break;
      case 'internal_module':
      case 'module': {
        const body = node.childForFieldName('body');
        if (body !== null) this.readAll(body, exported);
        return;
      }
      default:
    }
  }

  #readExport(node: Node): void {
    const from = node.childForFieldName('source');
    const declaration = node.childForFieldName('declaration');
    const isDefault = node.children.some((child) => child.type === 'default');
    if (isDefault) this.exports.push('default');
    if (declaration !== null) {
      if (isDefault) this.defaultExport = this.#nameOf(declaration);
      this.#read(declaration, true, node);
      return;
    }
    const value = node.childForFieldName('value');
    if (value !== null) {
      this.#readDefault(value, node);
      return;
    }
    const clause = node.namedChildren.find((child) => child.type === 'export_clause');
    const names = (clause?.namedChildren ?? []).map((specifier) => {
      const local = this.#text(specifier.childForFieldName('name') ?? specifier);
      const alias = specifier.childForFieldName('alias');
      return { imported: local, local: alias === null ? local : this.#text(alias) };
    });
    this.exports.push(...names.map(({ local }) => local));
    if (from === null) return;
    const namespace = node.namedChildren.find((child) => child.type === 'namespace_export');
    if (namespace !== undefined)
      this.exports.push(this.#text(namespace).replace(/^\*\s*as\s*/, ''));
    const typeOnly = node.children.some((child) => child.type === 'type');
    this.imports.push({
      source: unquoted(this.#text(from)),
      names: clause === undefined ? [{ imported: '*', local: '*' }] : names,
      line: lineOf(node),
      typeOnly,
      reexport: true,
    });
  }

  #readDefault(value: Node, outer: Node): void {
    if (value.type === 'identifier') this.defaultExport = this.#text(value);
    else if (isFunction(value) || value.type === 'class') this.defaultExport = 'default';
    if (isFunction(value)) this.#addFunction('default', { node: value, outer, exported: true });
    else if (value.type === 'class') this.#readClass(value, true, outer);
  }

  #readImport(node: Node): void {
    const from = node.childForFieldName('source');
    if (from === null) return;
    const clause = node.namedChildren.find((child) => child.type === 'import_clause');
    this.imports.push({
      source: unquoted(this.#text(from)),
      names: (clause?.namedChildren ?? []).flatMap((child) => this.#importedNames(child)),
      line: lineOf(node),
      typeOnly: node.children.some((child) => child.type === 'type'),
      reexport: false,
    });
  }

  #importedNames(node: Node): ParsedImport['names'] {
    if (node.type === 'identifier') return [{ imported: 'default', local: this.#text(node) }];
    if (node.type === 'namespace_import')
      return [{ imported: '*', local: this.#text(node).replace(/^\*\s*as\s*/, '') }];
    return node.namedChildren
      .filter((child) => child.type === 'import_specifier')
      .map((specifier) => {
        const imported = this.#text(specifier.childForFieldName('name') ?? specifier);
        const alias = specifier.childForFieldName('alias');
        return { imported, local: alias === null ? imported : this.#text(alias) };
      });
  }

  #readVariables(node: Node, exported: boolean, outer: Node): void {
    for (const declarator of node.namedChildren) {
      if (declarator.type !== 'variable_declarator') continue;
      const name = declarator.childForFieldName('name');
      const value = declarator.childForFieldName('value');
      if (name === null) continue;
      if (value !== null && this.#readRequire(name, value)) continue;
      if (name.type !== 'identifier') continue;
      if (value !== null && isFunction(value))
        this.#addFunction(this.#text(name), { node: declarator, outer, exported, value });
      else this.#addConstant(this.#text(name), { node: declarator, outer, exported });
    }
  }

  /** `const { a, b: c } = require('x')`, and `const x = require('x')`. */
  #readRequire(name: Node, value: Node): boolean {
    const source = /^(?:await import|require)\(\s*(['"`])([^'"`]+)\1\s*\)$/.exec(this.#text(value));
    if (source?.[2] === undefined) return false;
    const names =
      name.type === 'identifier'
        ? [{ imported: '*', local: this.#text(name) }]
        : name.namedChildren.map((child) => {
            const key = child.childForFieldName('key');
            const alias = child.childForFieldName('value');
            const imported = this.#text(key ?? child);
            return { imported, local: alias === null ? imported : this.#text(alias) };
          });
    this.imports.push({
      source: source[2],
      names,
      line: lineOf(name),
      typeOnly: false,
      reexport: false,
    });
    return true;
  }

  /** `module.exports = { a, b }`, `exports.a = …`, `module.exports = f`, and `import 'x'` as a call. */
  #readStatement(node: Node): void {
    const text = this.#text(node);
    const single = /^(?:module\.)?exports\.([\p{L}_$][\p{L}\p{N}_$]*)\s*=/u.exec(text);
    if (single?.[1] !== undefined) {
      this.exports.push(single[1]);
      const value = node.namedChild(0)?.childForFieldName('right') ?? null;
      if (value !== null && isFunction(value))
        this.#addFunction(single[1], { node, outer: node, exported: true, value });
      return;
    }
    const whole = /^module\.exports\s*=\s*(?:\{([^}]*)\}|([\p{L}_$][\p{L}\p{N}_$]*))/u.exec(text);
    if (whole === null) return;
    if (whole[2] !== undefined) this.exports.push('default', whole[2]);
    for (const part of (whole[1] ?? '').split(',')) {
      const name = /^\s*([\p{L}_$][\p{L}\p{N}_$]*)/u.exec(part)?.[1];
      if (name !== undefined) this.exports.push(name);
    }
  }

  #readClass(node: Node, exported: boolean, outer: Node): void {
    const name = this.#nameOf(node);
    const body = node.childForFieldName('body');
    const methods: string[] = [];
    for (const member of body?.namedChildren ?? []) {
      const method = this.#text(member.childForFieldName('name') ?? member);
      const value = member.childForFieldName('value');
      const isMethod = /method/.test(member.type) || (value !== null && isFunction(value));
      if (!isMethod) continue;
      methods.push(method);
      this.#addFunction(`${name}.${method}`, {
        node: member,
        outer: member,
        exported: exported && !method.startsWith('#'),
        ...(value === null ? {} : { value }),
      });
    }
    const heritage = node.namedChildren.filter((child) => /heritage/.test(child.type));
    this.#addDeclaration('class', name, {
      node,
      outer,
      exported,
      signature: onOneLine(this.#source.slice(node.startIndex, body?.startIndex ?? node.endIndex)),
      bases: heritage.flatMap((clause) =>
        [...this.#text(clause).matchAll(/[\p{L}_$][\p{L}\p{N}_$.]*/gu)]
          .map(([word]) => word)
          .filter((word) => word !== 'extends' && word !== 'implements'),
      ),
      methods: sortedUnique(methods),
    });
  }

  #addType(
    kind: 'interface' | 'type' | 'enum',
    at: { readonly node: Node; readonly outer: Node; readonly exported: boolean },
  ): void {
    const signature = shortened(this.#text(at.node));
    const bases = at.node.namedChildren
      .filter((child) => child.type === 'extends_type_clause')
      .flatMap((clause) => [...this.#text(clause).matchAll(/[\p{L}_$][\p{L}\p{N}_$.]*/gu)])
      .map(([word]) => word)
      .filter((word) => word !== 'extends');
    this.#addDeclaration(kind, this.#nameOf(at.node), { ...at, signature, bases, methods: [] });
  }

  #addConstant(
    name: string,
    at: { readonly node: Node; readonly outer: Node; readonly exported: boolean },
  ): void {
    const keyword = at.node.parent?.child(0)?.type ?? 'const';
    const signature = shortened(`${keyword} ${this.#text(at.node)}`);
    this.#addDeclaration('constant', name, { ...at, signature, bases: [], methods: [] });
  }

  #addDeclaration(
    kind: ParsedClass['kind'],
    name: string,
    at: {
      readonly node: Node;
      readonly outer: Node;
      readonly exported: boolean;
      readonly signature: string;
      readonly bases: readonly string[];
      readonly methods: readonly string[];
    },
  ): void {
    if (at.exported) this.exports.push(name);
    this.classes.push({
      name,
      kind,
      signature: at.signature,
      startLine: lineOf(at.node),
      endLine: at.node.endPosition.row + 1,
      doc: this.#docOf(at.outer),
      exported: at.exported,
      bases: at.bases,
      methods: at.methods,
      uses: this.#names.usesIn(at.node, name),
    });
  }

  #addFunction(
    name: string,
    at: {
      readonly node: Node;
      readonly outer: Node;
      readonly exported: boolean;
      /** The function itself where a variable or property holds it. */
      readonly value?: Node;
    },
  ): void {
    const fn = at.value ?? at.node;
    const body = fn.childForFieldName('body');
    const parameters = fn.childForFieldName('parameters') ?? fn.childForFieldName('parameter');
    const returns = fn.childForFieldName('return_type');
    const head = this.#source.slice(at.node.startIndex, body?.startIndex ?? at.node.endIndex);
    const isMethod = name.includes('.');
    const keyword =
      at.value !== undefined && !isMethod ? (at.node.parent?.child(0)?.type ?? '') : '';
    const written = onOneLine(`${/^(const|let|var)$/.test(keyword) ? `${keyword} ` : ''}${head}`);
    const holder = isMethod ? name.slice(0, name.lastIndexOf('.') + 1) : '';
    if (at.exported && !isMethod) this.exports.push(name);
    this.functions.push({
      name,
      signature: cutAt(`${holder}${written.replace(/[;{]$/, '').trim()}`, 400),
      inputs: (parameters?.namedChildren ?? [])
        .filter((child) => child.type !== 'comment')
        .map((child) => onOneLine(this.#text(child))),
      output: returns === null ? null : onOneLine(this.#text(returns).replace(/^\s*:\s*/, '')),
      startLine: lineOf(at.node),
      endLine: at.node.endPosition.row + 1,
      doc: this.#docOf(at.outer),
      exported: at.exported,
      calls: this.#names.callsIn(at.node),
      uses: this.#names.usesIn(at.node, name),
    });
  }

  #docOf(node: Node): string | null {
    const before = node.previousNamedSibling;
    if (before?.type !== 'comment') return null;
    if (node.startPosition.row - before.endPosition.row > 1) return null;
    return firstParagraph(this.#text(before));
  }

  #nameOf(node: Node): string {
    const name = node.childForFieldName('name');
    return name === null ? 'default' : this.#text(name);
  }

  #text(node: Node): string {
    return textOf(node, this.#source);
  }
}

function isFunction(node: Node): boolean {
  return /^(arrow_function|function_expression|function|generator_function)$/.test(node.type);
}

function lineOf(node: Node): number {
  return node.startPosition.row + 1;
}

function unquoted(text: string): string {
  return text.slice(1, -1);
}

/** Without comments, on one line, cut. */
function shortened(text: string): string {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, ' ');
  return cutAt(onOneLine(bare), declarationLength);
}

function headComment(root: Node, source: string): string | null {
  const first = root.namedChild(0);
  const second = root.namedChild(1);
  if (first?.type !== 'comment' || second === null) return null;
  // A comment that touches a declaration is about that declaration.
  const touches = second.startPosition.row - first.endPosition.row <= 1;
  const documents = touches && second.type !== 'import_statement' && second.type !== 'comment';
  return documents ? null : firstParagraph(textOf(first, source));
}
