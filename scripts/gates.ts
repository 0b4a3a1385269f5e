/**
 * Runs the acceptance lines of docs/gates.md gate by gate, and stops at the first gate that fails.
 *
 *   pnpm test:gates            all gates
 *   pnpm test:gates 2          one gate
 *   pnpm test:gates --list     the lines and the tests that prove them, without running anything
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

interface GateLine {
  /** Such as `1.2`. */
  readonly id: string;
  readonly text: string;
}

interface TestRun {
  readonly name: string;
  readonly status: string;
  readonly file: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));

function gateLines(): readonly GateLine[] {
  return [
    ...readFileSync(join(root, 'docs/gates.md'), 'utf8').matchAll(/^- (\d+\.\d+) (.+)$/gm),
  ].map(([, id = '', text = '']) => ({ id, text }));
}

/**
 * Test files by the gate lines that they name. A line named by a case of a contract suite is proven by
 * the package's own `*-contract.test.ts`, which run it.
 */
function filesByLine(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const add = (text: string, files: readonly string[]) => {
    for (const [, id = ''] of text.matchAll(/['"`]gate (\d+\.\d+): /g))
      found.set(id, [...new Set([...(found.get(id) ?? []), ...files])]);
  };
  const glob = (pattern: string) =>
    globSync(pattern, { cwd: root, exclude: (path) => path.includes('node_modules') }).sort();
  for (const file of glob('{packages,apps}/*/test/**/*.test.ts')) add(read(file), [file]);
  for (const file of glob('packages/*/src/testing/*.ts')) {
    const name = file.split(sep)[1] ?? '';
    add(read(file), glob(`packages/${name}/test/**/*-contract.test.ts`));
  }
  return found;
}

function run(gate: string, files: readonly string[]): readonly TestRun[] {
  const folder = mkdtempSync(join(tmpdir(), 'gates-'));
  const report = join(folder, 'report.json');
  try {
    const pattern = `gate ${gate}\\.\\d+: `;
    const vitest = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        ...['run', ...files, '--testNamePattern', pattern],
        ...['--reporter', 'json', '--outputFile', report],
      ],
      { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (vitest.error !== undefined) throw vitest.error;
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      // vitest's own report format
      testResults: {
        name: string;
        message: string;
        assertionResults: { title: string; status: string }[];
      }[];
    };
    return testResults.flatMap((file) =>
      file.assertionResults.length === 0
        ? [{ name: file.message.split('\n')[0] ?? '', status: 'failed', file: file.name }]
        : file.assertionResults
            .filter((test) => test.title.startsWith(`gate ${gate}.`))
            .map((test) => ({ name: test.title, status: test.status, file: file.name })),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  options: { list: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const lines = gateLines();
const proofs = filesByLine();
const gates = [...new Set(lines.map((line) => line.id.split('.')[0] ?? ''))].filter(
  (gate) => positionals.length === 0 || positionals.includes(gate),
);

if (values.list) {
  for (const line of lines) {
    const files = proofs.get(line.id);
    console.log(
      `${line.id.padEnd(5)} ${files === undefined ? 'NOT YET PROVEN' : 'proven by     '} ${line.text}`,
    );
    for (const file of files ?? []) console.log(`        ${file}`);
  }
  const open = lines.filter((line) => !proofs.has(line.id));
  console.log(`\n${lines.length - open.length} of ${lines.length} lines have a test.`);
  process.exit(0);
}

let passed = 0;
for (const gate of gates) {
  const own = lines.filter((line) => line.id.startsWith(`${gate}.`));
  const files = [...new Set(own.flatMap((line) => proofs.get(line.id) ?? []))];
  const tests = files.length === 0 ? [] : run(gate, files);
  const faults: string[] = [];
  for (const line of own) {
    const proving = tests.filter((test) => test.name.startsWith(`gate ${line.id}: `));
    const bad = proving.filter((test) => test.status !== 'passed');
    if (proving.length === 0) faults.push(`${line.id} has no test: ${line.text}`);
    for (const test of bad) faults.push(`${test.status}: ${test.name}`);
    const fine = proving.length > 0 && bad.length === 0;
    if (fine) passed += 1;
    console.log(`${fine ? '✓' : '✗'} ${line.id.padEnd(5)} ${line.text}`);
  }
  for (const test of tests.filter((t) => t.status === 'failed' && !t.name.startsWith('gate ')))
    faults.push(`${test.file}: ${test.name}`);
  if (faults.length > 0) {
    console.error(
      `\nGate ${gate} is not passed:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    process.exit(1);
  }
  console.log(`Gate ${gate} passed: ${own.length} lines.\n`);
}
console.log(`All gates passed: ${passed} lines.`);
