/**
 * One test run from the request to the verdict, beside bare `node --test` on the same files: bundling,
 * the private folder, the sandbox and the judging are all in ours. The same tests, written for `node:test`,
 * run on both sides; both must report them all passed.
 *
 *  - bare: `node --test`, which starts a process for each file
 *  - bubblewrap, node-permission, none: ours in each sandbox that works here
 *  - bare python: `python3 -m unittest`; python: ours
 *
 * Not measured: Docker (about 300 to 900 ms for a `docker run`, where there is one); the collection, which
 * a module's tests need once; the start of the runner, which a server does once (printed, not judged).
 *
 *   pnpm bench sandbox [--quick]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSandboxRunner } from '@org/workflow/sandbox';
import { conclude, interleave, type Variant } from './harness.ts';

const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 7 : 25;
const sizes = isQuick ? [10] : [1, 10, 100, 1_000];
const limitMs = 150;
const exec = promisify(execFile);

type Kind = 'bubblewrap' | 'node-permission' | 'none';
const runners = new Map<Kind, Awaited<ReturnType<typeof createSandboxRunner>>>();
for (const kind of ['bubblewrap', 'node-permission', 'none'] as const) {
  const start = performance.now();
  try {
    runners.set(kind, await createSandboxRunner({ sandbox: kind }));
    console.log(`start of the runner, ${kind}: ${(performance.now() - start).toFixed(0)} ms`);
  } catch (error) {
    console.log(
      `${kind} does not work here: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
const folder = await mkdtemp(join(tmpdir(), 'bench-sandbox-'));
const ratios: Record<string, number> = {};
try {
  console.log('\ntests   variant              median ms   over bare ms');
  for (const size of sizes) await measure(size);
} finally {
  await rm(folder, { recursive: true, force: true });
  for (const runner of runners.values()) await runner.close();
}
const goals = runners.has('bubblewrap')
  ? { 'bubblewrap over bare ms, 10 tests': { atMost: limitMs } }
  : { 'node-permission over bare ms, 10 tests': { atMost: limitMs } };
conclude('sandbox', ratios, goals);

async function measure(size: number): Promise<void> {
  const javascript = javascriptTask(size);
  const python = pythonTask(size);
  for (const file of [...javascript.files, ...javascript.tests, ...python.files, ...python.tests]) {
    await writeFile(join(folder, file.path), file.content);
  }
  const variants: Variant[] = [
    { name: 'bare', run: () => bare(process.execPath, ['--test', 'double.test.mjs'], size) },
    ...[...runners].map(([kind, runner]) => ({ name: kind, run: () => ours(runner, javascript) })),
  ];
  const sandboxed = runners.get('bubblewrap');
  if (sandboxed?.languages.includes('python')) {
    variants.push(
      {
        name: 'bare python',
        run: () => bare('/usr/bin/python3', ['-m', 'unittest', '-q', 'double_test'], 0),
      },
      { name: 'python', run: () => ours(sandboxed, python) },
    );
  }
  const timings = await interleave(variants, { rounds, warmUps: 2 });
  for (const [name, { wallMs }] of timings) {
    const peer =
      timings.get(name.endsWith('python') ? 'bare python' : 'bare')?.wallMs ?? Number.NaN;
    const over = wallMs - peer;
    console.log(
      `${String(size).padStart(5)}   ${name.padEnd(18)} ${wallMs.toFixed(1).padStart(11)} ${over.toFixed(1).padStart(14)}`,
    );
    if (!name.startsWith('bare')) ratios[`${name} over bare ms, ${size} tests`] = over;
  }
}

async function bare(file: string, args: readonly string[], passes: number): Promise<void> {
  const { stdout } = await exec(file, [...args], {
    cwd: folder,
    maxBuffer: 1 << 26,
    env: { PATH: '' },
  });
  if (passes > 0 && !new RegExp(`^. pass ${passes}$`, 'm').test(stdout)) {
    throw new Error(`bare node did not pass ${passes} tests: ${stdout.slice(-500)}`);
  }
}

async function ours(
  runner: Awaited<ReturnType<typeof createSandboxRunner>>,
  request: ReturnType<typeof javascriptTask> | ReturnType<typeof pythonTask>,
): Promise<void> {
  const outcome = await runner.run(request);
  if (outcome.outcome !== 'passed' || outcome.passed !== request.expected.length) {
    throw new Error(`ours did not pass: ${JSON.stringify(outcome).slice(0, 500)}`);
  }
}

function javascriptTask(size: number) {
  const numbers = Array.from({ length: size }, (_, index) => index);
  const cases = numbers.map(
    (n) => `test('doubles ${n}', () => { assert.equal(double(${n}), ${2 * n}); });`,
  );
  return {
    language: 'javascript' as const,
    files: [{ path: 'double.mjs', content: 'export const double = (n) => n * 2;\n' }],
    tests: [
      {
        path: 'double.test.mjs',
        content: `import test from 'node:test';\nimport assert from 'node:assert';\nimport { double } from './double.mjs';\n${cases.join('\n')}\n`,
      },
    ],
    expected: numbers.map((n) => `doubles ${n}`),
  };
}

function pythonTask(size: number) {
  const numbers = Array.from({ length: size }, (_, index) => index);
  const cases = numbers.map(
    (n) => `    def test_doubles_${n}(self):\n        self.assertEqual(double(${n}), ${2 * n})\n`,
  );
  return {
    language: 'python' as const,
    files: [{ path: 'double.py', content: 'def double(n):\n    return n * 2\n' }],
    tests: [
      {
        path: 'double_test.py',
        content: `import unittest\nfrom double import double\n\nclass DoubleTest(unittest.TestCase):\n${cases.join('\n')}`,
      },
    ],
    expected: numbers.map((n) => `DoubleTest.test_doubles_${n}`),
  };
}
