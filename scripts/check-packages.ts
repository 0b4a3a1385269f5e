/**
 * Checks that every package can be published and used: publint and are-the-types-wrong on the packed
 * tarballs, no source condition and no registry host in what is packed or locked; then installs the
 * packed @org/events into an empty project outside the workspace and uses it from ESM, CJS and TypeScript,
 * and all packages into a folder with an awkward name, where those that bring files along have to find them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name: string): string => join(root, 'node_modules/.bin', name);

function sh(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

const packages = readdirSync(join(root, 'packages')).sort();
const folder = mkdtempSync(join(tmpdir(), 'packages-'));
try {
  const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
  if (/https?:\/\//.test(lockfile)) fail('pnpm-lock.yaml names a registry host.');
  for (const name of packages) checkPackage(name);
  useEvents();
  findFiles();
  console.log(`${packages.length} packages are fit to be published.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function tarballOf(name: string): string {
  const file = readdirSync(folder).find((entry) => entry.startsWith(`org-${name}-`));
  return file === undefined ? fail(`${name} was not packed`) : join(folder, file);
}

function checkPackage(name: string): void {
  const from = join(root, 'packages', name);
  sh('pnpm', ['pack', '--pack-destination', folder], from);
  const tarball = tarballOf(name);
  sh(bin('publint'), ['run', '--strict', tarball], root);
  sh(bin('attw'), [tarball, '--format', 'ascii', '--profile', 'node16'], root);
  const manifest = sh('tar', ['-xzOf', tarball, 'package/package.json'], root);
  if (manifest.includes('@org/source'))
    fail(`${name}: the packed manifest has the source condition.`);
  if (/catalog:|workspace:/.test(manifest))
    fail(`${name}: the packed manifest has unresolved versions.`);
  const files = sh('tar', ['-tzf', tarball], root);
  for (const needed of ['package/README.md', 'package/LICENSE'])
    if (!files.includes(needed)) fail(`${name}: ${needed} is not packed.`);
  console.log(`✓ @org/${name}`);
}

/** A stranger's project: the packed store, installed by npm, in three module systems. */
function useEvents(): void {
  const project = join(folder, 'project');
  mkdirSync(project);
  const write = (file: string, text: string): void => writeFileSync(join(project, file), text);
  write('package.json', JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  sh(
    'npm',
    ['install', '--no-audit', '--no-fund', '--silent', tarballOf('events'), 'zod'],
    project,
  );
  const use = `
const orders = defineEvents({ ORDER_PLACED: z.object({ total: z.number() }) });
const path = await mkdtemp(join(tmpdir(), 'orders-'));
const store = await openLevelEventStore({ path, catalog: orders });
await store.append('order-1', { eventType: 'ORDER_PLACED', data: { total: 7 } });
const [event] = await store.getEvents('order-1');
await store.close();
await rm(path, { recursive: true, force: true });
if (event?.sequence !== 1 || event.data.total !== 7) throw new Error('not the event that was appended');
`;
  const names = (form: (what: string, from: string) => string): string =>
    [
      form('defineEvents', '@org/events'),
      form('openLevelEventStore', '@org/events/level'),
      form('z', 'zod'),
      form('mkdtemp, rm', 'node:fs/promises'),
      form('tmpdir', 'node:os'),
      form('join', 'node:path'),
    ].join('\n');
  const imports = names((what, from) => `import { ${what} } from '${from}';`);
  const requires = names((what, from) => `const { ${what} } = require('${from}');`);
  write('use.mjs', imports + use);
  write(
    'use.cjs',
    `${requires}\n(async () => {${use}})().catch((e) => { console.error(e); process.exit(1); });`,
  );
  write(
    'use.ts',
    `${imports}${use}const total: number = event.data.total;\nconsole.assert(total === 7);\n`,
  );
  write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        strict: true,
        noEmit: true,
        // Node's own types are the stranger's: taken from this workspace to save a download.
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
        skipLibCheck: false,
      },
      files: ['use.ts'],
    }),
  );
  for (const file of ['use.mjs', 'use.cjs']) {
    sh(process.execPath, [file], project);
    console.log(`✓ @org/events from ${file}`);
  }
  sh(bin('tsc'), ['-p', 'tsconfig.json'], project);
  sh(process.execPath, ['use.ts'], project);
  console.log('✓ @org/events from use.ts, types checked');
}

/** What only a build can get wrong: grammars and the sandbox's programs are found from ESM and CommonJS. */
function findFiles(): void {
  const project = join(folder, 'all of them #1 %41');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true }));
  const tarballs = packages.map(tarballOf);
  sh('npm', ['install', '--no-audit', '--no-fund', '--silent', ...tarballs], project);
  const use = `
  await loadCodeParser();
  for (const language of ['typescript', 'tsx', 'javascript', 'python'])
    if (parseCode('', language).parser !== 'tree-sitter') throw new Error('no grammar of ' + language);
  await (await createSandboxRunner({ sandbox: 'none' })).close();
`;
  const context = 'loadCodeParser, parseCode';
  writeFileSync(
    join(project, 'use.mjs'),
    `import { ${context} } from '@org/context';\nimport { createSandboxRunner } from '@org/workflow/sandbox';\n${use}`,
  );
  writeFileSync(
    join(project, 'use.cjs'),
    `const { ${context} } = require('@org/context');\nconst { createSandboxRunner } = require('@org/workflow/sandbox');\n` +
      `(async () => {${use}})().catch((e) => { console.error(e); process.exit(1); });`,
  );
  for (const file of ['use.mjs', 'use.cjs']) {
    sh(process.execPath, [file], project);
    console.log(`✓ grammars and the sandbox from ${file}`);
  }
}
