import { beforeAll, describe, expect, it } from 'vitest';
import { parseByPattern } from '../../../src/graph/code/parse-by-pattern.ts';
import {
  languageOf,
  loadCodeParser,
  longestRead,
  type ParsedModule,
  parseCode,
} from '../../../src/index.ts';
import { parseOnce } from '../../../src/rebuild/nodes/parse-once.ts';

const python = `"""Checks what people type.

More words.
"""
import re
from phonenumbers import parse as parse_phone, is_valid_number
from .models import *

PATTERN = re.compile(r".+@.+")

class Validator(Base, abc.ABC):
    """One rule."""
    def check(self, text: str) -> bool:
        return validate_email(text)

@cached
def validate_email(email: str, strict: bool = False) -> bool:
    """Tells whether an address is well formed.

    Not whether it exists.
    """
    return re.match(PATTERN, email) is not None

async def _fetch(url):
    return await get(url, timeout=3)
`;

const typescript = `/** Users and their names. */

import type { Store } from './store.ts';
import fs, { readFile as read } from 'node:fs';
import * as path from 'node:path';
export { close } from './close.ts';
export * from './all.ts';

/** A person. */
export interface User extends Named {
  // an email
  email: string;
  age?: number;
}
export type Id = string | number;
enum Color { Red, Green }
export const limit: number = 10;

/**
 * Finds a user.
 * @param id whose
 */
export async function findUser(id: Id, { store }: { store: Store }): Promise<User | null> {
  const raw = await read(path.join(root, String(id)));
  return parse(raw);
}
const parse = (raw: string): User => JSON.parse(raw);
export default class Users extends Base implements Closable {
  static count = 0;
  constructor(private store: Store) { super(); }
  /** All of them. */
  list(): User[] { return [findUser(1)]; }
  #hidden() {}
  onClose = async () => { fs.close(); };
}
`;

const named = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
const find = (parsed: ParsedModule, name: string) =>
  parsed.functions.find((found) => found.name === name);

beforeAll(loadCodeParser);

describe('parseCode', () => {
  it('reads functions, classes and imports of Python', () => {
    const parsed = parseCode(python, 'python');
    expect(parsed).toMatchObject({
      parser: 'tree-sitter',
      hasErrors: false,
      doc: 'Checks what people type.',
      exports: ['PATTERN', 'Validator', 'validate_email'],
    });
    expect(named(parsed.functions)).toEqual(['Validator.check', 'validate_email', '_fetch']);
    expect(find(parsed, 'validate_email')).toMatchObject({
      signature: 'def validate_email(email: str, strict: bool = False) -> bool',
      inputs: ['email: str', 'strict: bool = False'],
      output: 'bool',
      doc: 'Tells whether an address is well formed.',
      startLine: 16,
      endLine: 22,
      exported: true,
      calls: ['re.match'],
    });
    expect(find(parsed, 'Validator.check')).toMatchObject({
      signature: 'def Validator.check(self, text: str) -> bool',
      calls: ['validate_email'],
    });
    expect(find(parsed, '_fetch')).toMatchObject({ exported: false, output: null });
    expect(find(parsed, '_fetch')?.uses).not.toContain('timeout');
    expect(parsed.classes).toMatchObject([
      { name: 'PATTERN', kind: 'constant' },
      { name: 'Validator', bases: ['Base', 'abc.ABC'], methods: ['check'], doc: 'One rule.' },
    ]);
    expect(parsed.imports.map(({ source, names }) => [source, names])).toEqual([
      ['re', [{ imported: '*', local: 're' }]],
      [
        'phonenumbers',
        [
          { imported: 'parse', local: 'parse_phone' },
          { imported: 'is_valid_number', local: 'is_valid_number' },
        ],
      ],
      ['.models', [{ imported: '*', local: '*' }]],
    ]);
  });

  it('reads functions, classes, types and imports of TypeScript', () => {
    const parsed = parseCode(typescript, 'typescript');
    expect(parsed).toMatchObject({ hasErrors: false, doc: 'Users and their names.' });
    expect(parsed.exports).toEqual([
      'Id',
      'User',
      'Users',
      'close',
      'default',
      'findUser',
      'limit',
    ]);
    expect(find(parsed, 'findUser')).toMatchObject({
      signature:
        'async function findUser(id: Id, { store }: { store: Store }): Promise<User | null>',
      inputs: ['id: Id', '{ store }: { store: Store }'],
      output: 'Promise<User | null>',
      doc: 'Finds a user.',
      exported: true,
      calls: ['String', 'parse', 'path.join', 'read'],
    });
    expect(find(parsed, 'findUser')?.uses).toEqual(
      expect.arrayContaining(['Id', 'Store', 'User', 'path.join', 'read']),
    );
    expect(find(parsed, 'parse')).toMatchObject({
      signature: 'const parse = (raw: string): User =>',
      output: 'User',
    });
    expect(named(parsed.functions)).toEqual([
      'findUser',
      'parse',
      'Users.constructor',
      'Users.list',
      'Users.#hidden',
      'Users.onClose',
    ]);
    expect(find(parsed, 'Users.list')).toMatchObject({
      signature: 'Users.list(): User[]',
      doc: 'All of them.',
      calls: ['findUser'],
    });
    expect(parsed.classes).toMatchObject([
      {
        name: 'User',
        kind: 'interface',
        signature: 'interface User extends Named { email: string; age?: number; }',
        bases: ['Named'],
      },
      { name: 'Id', kind: 'type', signature: 'type Id = string | number;' },
      { name: 'Color', kind: 'enum', exported: false },
      { name: 'limit', kind: 'constant', signature: 'const limit: number = 10' },
      { name: 'Users', kind: 'class', bases: ['Base', 'Closable'] },
    ]);
    expect(parsed.imports).toMatchObject([
      { source: './store.ts', typeOnly: true, names: [{ imported: 'Store' }] },
      {
        source: 'node:fs',
        names: [
          { imported: 'default', local: 'fs' },
          { imported: 'readFile', local: 'read' },
        ],
      },
      { source: 'node:path', names: [{ imported: '*', local: 'path' }] },
      { source: './close.ts', reexport: true, names: [{ imported: 'close', local: 'close' }] },
      { source: './all.ts', reexport: true, names: [{ imported: '*', local: '*' }] },
    ]);
  });

  it('reads CommonJS', () => {
    const parsed = parseCode(
      `const fs = require('node:fs');
const { join, sep: slash } = require('path');
exports.double = function (x) { return twice(x); };
function twice(x) { return 2 * x; }
module.exports = { twice, other: 1 };`,
      'javascript',
    );
    expect(named(parsed.functions)).toEqual(['double', 'twice']);
    expect(parsed.exports).toEqual(['double', 'other', 'twice']);
    expect(parsed.imports.map(({ source, names }) => [source, names])).toEqual([
      ['node:fs', [{ imported: '*', local: 'fs' }]],
      [
        'path',
        [
          { imported: 'join', local: 'join' },
          { imported: 'sep', local: 'slash' },
        ],
      ],
    ]);
  });

  it('reads JSX', () => {
    const source = 'export const App = () => <Page title="x">{items.map(f)}</Page>;';
    for (const language of ['tsx', 'javascript'] as const) {
      const parsed = parseCode(source, language);
      expect(parsed.hasErrors).toBe(false);
      expect(find(parsed, 'App')?.uses).toContain('Page');
    }
  });

  it('still reads what it can of broken code, and says that it is broken', () => {
    const broken = parseCode(
      `import re\n\ndef good(x):\n    return x\n\ndef bad(:\n    if\n`,
      'python',
    );
    expect(broken.hasErrors).toBe(true);
    expect(named(broken.functions)).toContain('good');
    expect(broken.imports).toHaveLength(1);

    const cut = parseCode(
      `import { a } from './a.ts';\nexport function first(): void {}\nexport function second(x: number {`,
      'typescript',
    );
    expect(cut.hasErrors).toBe(true);
    expect(named(cut.functions)).toContain('first');
    expect(cut.imports).toHaveLength(1);
  });

  it('reads nothing from nothing', () => {
    for (const language of ['typescript', 'tsx', 'javascript', 'python'] as const) {
      expect(parseCode('', language)).toMatchObject({ functions: [], classes: [], imports: [] });
      expect(parseCode('}}}} ((( \u0000 é', language).functions).toEqual([]);
    }
  });
});

describe('the fallback without a grammar', () => {
  it('finds the same functions, signatures and imports in clean code', () => {
    for (const [source, language] of [
      [python, 'python'],
      [typescript, 'typescript'],
    ] as const) {
      const exact = parseCode(source, language);
      const rough = parseByPattern(source, language);
      expect(rough.parser).toBe('regex');
      const plain = (parsed: ParsedModule) =>
        parsed.functions.filter(({ name }) => !name.includes('.')).map(({ name }) => name);
      expect(plain(rough)).toEqual(plain(exact));
      expect(rough.imports.map((i) => [i.source, i.names])).toEqual(
        exact.imports.map((i) => [i.source, i.names]),
      );
    }
    expect(find(parseByPattern(python, 'python'), 'validate_email')).toMatchObject({
      signature: 'def validate_email(email: str, strict: bool = False) -> bool',
      inputs: ['email: str', 'strict: bool = False'],
      output: 'bool',
    });
    expect(named(parseByPattern(python, 'python').functions)).toContain('Validator.check');
  });
});

describe('size', () => {
  const upTo = { upTo: longestRead };
  const declare = (n: number) => `export function f${n}(a, b) {\n  return a + b + ${n};\n}\n`;

  it('reads whole lines of a long source up to a limit, as if it ended there', () => {
    const source = Array.from({ length: 40_000 }, (_, n) => declare(n)).join('');
    const read = parseCode(source, 'javascript', upTo);
    const beginning = source.slice(0, source.lastIndexOf('\n', longestRead - 1) + 1);
    expect(read).toEqual(parseCode(beginning, 'javascript'));
    expect(read.functions.length).toBeGreaterThan(500);
    expect(parseOnce(source, 'javascript')).toEqual(read);
  });

  it('reads a source of exactly the limit to its end, and one without lines too', () => {
    const source = `/*${' '.repeat(longestRead - 2 - 3 - declare(1).length)}*/\n${declare(1)}`;
    expect(source).toHaveLength(longestRead);
    expect(parseCode(source, 'javascript', upTo).exports).toEqual(['f1']);
    expect(parseCode(`x${'y'.repeat(longestRead)}`, 'javascript', upTo).functions).toEqual([]);
  });

  it.each([
    ['blank lines behind import', 'import', '\n'],
    ['imports without an end', '', 'import \n'],
    ['one long word', 'function f() { ', 'aaaaaaa.'],
    ['open brackets', 'const a=(', '('],
    ['open functions', '', 'function f(){\n'],
    ['very many parameters', 'function f(', 'a,'],
  ])('the fallback comes to an end over %s', (_, start, repeated) => {
    const source = start + repeated.repeat(Math.ceil(longestRead / repeated.length));
    expect(parseByPattern(source.slice(0, longestRead), 'javascript').imports).toEqual([]);
  });

  it('the fallback tells imports for their effects, of types and re-exports apart', () => {
    const { imports } = parseByPattern(
      "import './a.js';\nimport type { B } from './b.js';\nimport type from './c.js';\nexport * from './d.js';\nexport default 'e';\n",
      'typescript',
    );
    expect(
      imports.map(({ source, typeOnly, reexport, line, names }) => [
        source,
        typeOnly,
        reexport,
        line,
        names.map(({ local }) => local),
      ]),
    ).toEqual([
      ['./a.js', false, false, 1, []],
      ['./b.js', true, false, 2, ['B']],
      ['./c.js', false, false, 3, ['type']],
      ['./d.js', false, true, 4, ['*']],
    ]);
  });
});

describe('languageOf', () => {
  it('goes by the extension', () => {
    expect(
      ['a.ts', 'b.mts', 'c.tsx', 'd.jsx', 'e.cjs', 'f.py', 'g.rs', 'Makefile'].map(languageOf),
    ).toEqual([
      'typescript',
      'typescript',
      'tsx',
      'javascript',
      'javascript',
      'python',
      null,
      null,
    ]);
  });
});
