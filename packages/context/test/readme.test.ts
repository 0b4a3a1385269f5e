import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContextErrorCode } from '../src/index.ts';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
const snippets = [...readme.matchAll(/^```ts\n(\/\/ (\S+)\n[\s\S]*?)^```$/gm)].map(
  ([, code = '', file = '']) => ({
    file,
    code,
    prints: [...code.matchAll(/^\/\/ prints: (.*)$/gm)].map(([, line]) => line),
  }),
);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'context-readme-'));
  const link = (target: string, path: string) =>
    symlink(join(packageFolder, target), join(folder, 'node_modules', path));
  await mkdir(join(folder, 'node_modules/@org'), { recursive: true });
  await mkdir(join(folder, 'node_modules/@types'), { recursive: true });
  await link('.', '@org/context');
  await link('../events', '@org/events');
  await link('../models', '@org/models');
  await link('../../node_modules/@types/node', '@types/node');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const extended = join(packageFolder, '../../tsconfig.base.json');
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: extended, include: ['*.ts'] }),
  );
  for (const { file, code } of snippets) await writeFile(join(folder, file), code);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the README', () => {
  it('has snippets, each with a file name', () => {
    expect(snippets.length).toBe(readme.split('```ts\n').length - 1);
    expect(snippets.length).toBeGreaterThan(1);
  });

  it('has snippets that type-check', { timeout: 30_000 }, async () => {
    const compiler = join(packageFolder, '../../node_modules/.bin/tsc');
    await run(compiler, ['--singleThreaded', '-p', folder]).catch(({ stdout }) =>
      expect(stdout).toBe(''),
    );
  });

  it.each(snippets)(
    'has a snippet $file that runs and prints what it says',
    { timeout: 30_000 },
    async ({ file, prints }) => {
      const args = ['--conditions=@org/source', '--no-warnings', file];
      const { stdout } = await run(process.execPath, args, { cwd: folder });
      for (const line of prints) expect(stdout.split('\n')).toContain(line);
    },
  );

  it('lists every error code, each once', () => {
    const listed = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
    expect(listed).toHaveLength(Object.keys(codes).length);
    expect(new Set(listed)).toEqual(new Set(Object.keys(codes)));
  });
});

const codes: Readonly<Record<ContextErrorCode, true>> = {
  CONTEXT_OVERFLOW: true,
  UNKNOWN_MODEL: true,
  NOT_REBUILDABLE: true,
  PROMPT_MISMATCH: true,
  INVALID_REQUEST: true,
  INVALID_EXPORT: true,
  CACHE_CLOSED: true,
  CACHE_UNAVAILABLE: true,
  CACHE_SAVE_FAILED: true,
  CACHE_DAMAGED: true,
};
