import type { Node } from 'web-tree-sitter';
import { NameUses } from './name-uses.ts';
import type { ParsedClass, ParsedFunction, ParsedImport, ParsedModule } from './parsed-module.ts';
import {
  type Declared,
  describeClass,
  describeConstant,
  describeFunction,
  describeType,
  type ScriptFile,
} from './script-declarations.ts';
import {
  assignedExport,
  exportClauseOf,
  importOf,
  moduleExports,
  requireOf,
} from './script-imports.ts';
import { firstParagraph, sortedUnique } from './source-text.ts';
import { textOf } from './syntax-node.ts';

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
  readonly #file: ScriptFile;

  constructor(root: Node, source: string) {
    const names = new NameUses(root, source, {
      identifiers: ['identifier', 'type_identifier', 'shorthand_property_identifier'],
      call: 'call_expression',
      attributes: false,
    });
    this.#file = { source, names };
  }

  readAll(parent: Node, exported: boolean): void {
    for (const node of parent.namedChildren) this.#read(node, exported, node);
  }

  /** `outer`: see `Declared`. */
  #read(node: Node, exported: boolean, outer: Node): void {
    switch (node.type) {
      case 'export_statement':
        this.#readExport(node);
        break;
      case 'import_statement':
        this.#addImport(importOf(node, this.#file.source));
        break;
      case 'function_declaration':
      case 'generator_function_declaration':
      case 'function_signature':
        this.#addFunction(this.#nameOf(node), { node, outer, exported });
        break;
      case 'class_declaration':
      case 'abstract_class_declaration':
        this.#readClass({ node, exported, outer });
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
    const { exports, reexport } = exportClauseOf(node, this.#file.source);
    this.exports.push(...exports);
    this.#addImport(reexport);
  }

  #readDefault(value: Node, outer: Node): void {
    const at = { node: value, outer, exported: true };
    if (value.type === 'identifier') this.defaultExport = this.#text(value);
    else if (isFunction(value) || value.type === 'class') this.defaultExport = 'default';
    if (isFunction(value)) this.#addFunction('default', at);
    else if (value.type === 'class') this.#readClass(at);
  }

  #readVariables(node: Node, exported: boolean, outer: Node): void {
    for (const declarator of node.namedChildren) {
      if (declarator.type !== 'variable_declarator') continue;
      const name = declarator.childForFieldName('name');
      const value = declarator.childForFieldName('value');
      if (name === null) continue;
      const required = value === null ? null : requireOf(name, value, this.#file.source);
      this.#addImport(required);
      if (required !== null || name.type !== 'identifier') continue;
      const at = { node: declarator, outer, exported };
      if (value !== null && isFunction(value))
        this.#addFunction(this.#text(name), { ...at, value });
      else this.#addDeclaration(describeConstant(this.#text(name), at, this.#file));
    }
  }

  /** What a CommonJS module offers. */
  #readStatement(node: Node): void {
    const text = this.#text(node);
    const name = assignedExport(text);
    this.exports.push(...(name === null ? moduleExports(text) : [name]));
    const value = node.namedChild(0)?.childForFieldName('right') ?? null;
    if (name !== null && value !== null && isFunction(value))
      this.#addFunction(name, { node, outer: node, exported: true, value });
  }

  #readClass(at: Declared): void {
    const name = this.#nameOf(at.node);
    const methods: string[] = [];
    for (const member of at.node.childForFieldName('body')?.namedChildren ?? []) {
      const method = this.#text(member.childForFieldName('name') ?? member);
      const value = member.childForFieldName('value');
      const isMethod = /method/.test(member.type) || (value !== null && isFunction(value));
      if (!isMethod) continue;
      methods.push(method);
      this.#addFunction(`${name}.${method}`, {
        node: member,
        outer: member,
        exported: at.exported && !method.startsWith('#'),
        ...(value === null ? {} : { value }),
      });
    }
    this.#addDeclaration(describeClass(name, { ...at, methods }, this.#file));
  }

  #addType(kind: 'interface' | 'type' | 'enum', at: Declared): void {
    this.#addDeclaration(describeType(this.#nameOf(at.node), { ...at, kind }, this.#file));
  }

  #addDeclaration(declaration: ParsedClass): void {
    if (declaration.exported) this.exports.push(declaration.name);
    this.classes.push(declaration);
  }

  #addFunction(name: string, at: Parameters<typeof describeFunction>[1]): void {
    if (at.exported && !name.includes('.')) this.exports.push(name);
    this.functions.push(describeFunction(name, at, this.#file));
  }

  #addImport(found: ParsedImport | null): void {
    if (found !== null) this.imports.push(found);
  }

  #nameOf(node: Node): string {
    const name = node.childForFieldName('name');
    return name === null ? 'default' : this.#text(name);
  }

  #text(node: Node): string {
    return textOf(node, this.#file.source);
  }
}

function isFunction(node: Node): boolean {
  return /^(arrow_function|function_expression|function|generator_function)$/.test(node.type);
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
