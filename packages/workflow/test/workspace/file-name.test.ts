import { isAbsolute, join, normalize } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFileName, parseFileName } from '../../src/workspace/file-name.ts';
import { isWorkspaceError } from '../../src/workspace/workspace-error.ts';

describe('file names', () => {
  it.each([
    'two-fer.js',
    'src/two_fer.py',
    'a/b/c/deep.spec.ts',
    'Überprüfung.ts',
    'data.json',
    'with space.txt',
  ])('accepts %j', (name) => {
    expect(checkFileName(name)).toEqual({ ok: true, path: name });
  });

  it('takes a leading ./ off', () => {
    expect(parseFileName('./a.js')).toBe('a.js');
  });

  it.each([
    ['', 'is empty'],
    ['/etc/passwd.js', 'absolute'],
    ['C:/x.js', 'absolute'],
    ['C:x.js', 'absolute'],
    ['../x.js', 'stay inside'],
    ['a/../../x.js', 'stay inside'],
    ['a/./x.js', 'stay inside'],
    ['././/x.js', 'part'],
    ['a//x.js', 'empty part'],
    ['a/', 'empty part'],
    ['a\\x.js', 'backslash'],
    ['..\\x.js', 'backslash'],
    ['a\0.js', 'control'],
    ['a\n.js', 'control'],
    ['a\u202Ejs.ts', 'control'],
    ['a\uD800.js', 'control'],
    ['e\u0301.js', 'normal form'],
    ['.env.js', 'hidden'],
    ['.git/config.txt', 'hidden'],
    ['-rf.js', 'begins with -'],
    ['a .js/b.js', 'dot'],
    ['a/ b.js', 'space or dot'],
    ['a.js.', 'space or dot'],
    ['x?.js', 'characters'],
    ['ab:c.js', 'characters'],
    ['con.js', 'reserved'],
    ['NUL.txt', 'reserved'],
    ['node_modules/x.js', 'reserved'],
    ['package.json', 'reserved'],
    ['conftest.py', 'reserved'],
    ['sitecustomize.py', 'reserved'],
    ['program', 'must end in'],
    ['run.sh', 'must end in'],
    ['x.js/y.js', 'dot in it'],
    [`${'a'.repeat(101)}.js`, 'longer than 100'],
    [`${'ä/'.repeat(100)}x.js`, 'longer than 200'],
    ['a/b/c/d/e/f/g/h/i.js', 'folders deep'],
  ])('refuses %j: %s', (name, reason) => {
    const check = checkFileName(name);
    expect(check.ok).toBe(false);
    expect(check.ok || check.reason).toContain(reason);
  });

  it('knows the extensions of a language', () => {
    expect(checkFileName('a.py', { language: 'javascript' }).ok).toBe(false);
    expect(checkFileName('a.ts', { language: 'typescript' }).ok).toBe(true);
    expect(checkFileName('a.ts', { language: 'python' }).ok).toBe(false);
  });

  it('throws a typed error that names the file', () => {
    const parse = () => parseFileName('../x.js');
    expect(parse).toThrow(/stay inside/);
    try {
      parse();
    } catch (error) {
      expect(isWorkspaceError(error, 'INVALID_FILE_NAME')).toBe(true);
      expect(isWorkspaceError(error, 'NOT_FOUND')).toBe(false);
    }
  });

  it('never accepts a name that leaves the folder it is joined to', () => {
    const piece = fc.oneof(
      fc.constantFrom('..', '.', '/', '\\', '\0', 'a', '.js', 'C:', '~', ' ', '%2e%2e'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const check = checkFileName(pieces.join(''));
        if (!check.ok) return;
        const joined = normalize(join('/task', check.path));
        expect(isAbsolute(check.path)).toBe(false);
        expect(joined.startsWith('/task/')).toBe(true);
        expect(joined).toBe(`/task/${check.path}`);
      }),
      { numRuns: 2000 },
    );
  });
});
