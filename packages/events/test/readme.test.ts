import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExitCode } from '../src/cli/exit-code.ts';
import { commands } from '../src/cli/run-cli.ts';
import type { EventsErrorCode } from '../src/index.ts';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const snippets = await readSnippets();
let folder = '';

describe('the README', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'events-readme-'));
    await mkdir(join(folder, 'node_modules/@org'), { recursive: true });
    await mkdir(join(folder, 'node_modules/@types'), { recursive: true });
    const from = (path: string) => join(packageFolder, path);
    await symlink(from('.'), join(folder, 'node_modules/@org/events'));
    await symlink(from('node_modules/zod'), join(folder, 'node_modules/zod'));
    await symlink(from('../../node_modules/@types/node'), join(folder, 'node_modules/@types/node'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: from('../../tsconfig.base.json'), include: ['*.ts'] }),
    );
    for (const { file, code } of snippets) await writeFile(join(folder, file), code);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has snippets', () => {
    expect(snippets.length).toBeGreaterThan(8);
  });

  it('lists every error code, each once', async () => {
    const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
    const listed = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
    expect(new Set(listed)).toEqual(new Set(Object.keys(errorCodes)));
    expect(listed).toHaveLength(Object.keys(errorCodes).length);
  });

  it('says of the command line what its help says', async () => {
    const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
    for (const { name, takes } of commands) {
      expect(readme).toContain(`| \`${[name, ...takes].join(' ')}\` |`);
    }
    for (const code of Object.values(ExitCode)) expect(readme).toContain(`| ${code} |`);
  });

  it('has snippets that type-check, fully inferred', async () => {
    const compiler = join(packageFolder, '../../node_modules/.bin/tsc');
    await run(compiler, ['--singleThreaded', '-p', folder]).catch(({ stdout }) =>
      expect(stdout).toBe(''),
    );
  }, 60_000);

  it('has snippets that run and print what they say', async () => {
    // In one process, which is quicker; each says where its output begins.
    const runner = snippets.map(
      ({ file }) => `console.log('> ${file}'); await import('./${file}');`,
    );
    await writeFile(join(folder, 'run-all.js'), runner.join('\n'));
    const args = ['--conditions=@org/source', '--no-warnings', 'run-all.js'];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    const outputs = new Map(
      stdout.split(/^> /m).map((output) => {
        const [file = '', ...lines] = output.split('\n');
        return [file, lines];
      }),
    );
    for (const { file, prints } of snippets) {
      for (const line of prints) expect(outputs.get(file)).toContain(line);
    }
    expect(snippets.flatMap(({ prints }) => prints).length).toBeGreaterThanOrEqual(10);
  }, 60_000);
});

const errorCodes: Readonly<Record<EventsErrorCode, true>> = {
  INVALID_EVENT: true,
  UNKNOWN_EVENT_TYPE: true,
  INVALID_PAYLOAD: true,
  EVENT_TOO_LARGE: true,
  INVALID_VECTOR_CLOCK: true,
  VECTOR_CLOCK_OVERFLOW: true,
  CLOCK_REGRESSION: true,
  INVALID_ARGUMENT: true,
  INVALID_CATALOG: true,
  VERSION_CONFLICT: true,
  EVENT_ID_CONFLICT: true,
  UNKNOWN_CAUSE: true,
  CHECKPOINT_CONFLICT: true,
  DUPLICATE_SEQUENCE: true,
  QUEUE_FULL: true,
  STORE_UNAVAILABLE: true,
  STORE_CLOSED: true,
  STORE_LOCKED: true,
  STORE_PATH: true,
  INTEGRITY: true,
  NEWER_FORMAT: true,
};

/** Each `ts` block as a file: named by a first line `// name.ts`, or numbered. */
async function readSnippets() {
  const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ''], index) => ({
    file: /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? `snippet-${index + 1}.ts`,
    code,
    // `console.log(…); // output — explanation`
    prints: [...code.matchAll(/console\.log\(.*\); \/\/ (.*?)(?: — .*)?$/gm)].map(
      ([, output = '']) => output,
    ),
  }));
}
