import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Language } from '@org/events';
import type {
  CollectRequest,
  RunLimits,
  TestRunner,
  TestRunOutcome,
} from '../../src/test-runner.ts';

/**
 * Hostile code and the test it is run by. The test passes only if the attack succeeded (or if the
 * code could talk the runner into saying so): every outcome must be `failed`.
 */
export interface Attack {
  readonly name: string;
  readonly language: Language;
  /** Exports `attack`; `TOKEN` stands for a text that is this run's own. */
  readonly source: string;
  /** The body of the only test. @default the attack must answer true */
  readonly body?: string;
  readonly limits?: Partial<RunLimits>;
  /** The kinds of failure that are right. @default any */
  readonly kinds?: readonly string[];
}

export interface AttackResult {
  readonly outcome: TestRunOutcome;
  readonly wallMs: number;
  /** Command lines of processes that are still there. */
  readonly survivors: readonly string[];
}

/** Generous: what ends by itself ends soon, but the machine may be busy. */
const usualLimits = { timeoutMs: 20_000, memoryBytes: 256 * 1024 * 1024 };

/** Runs an attack to its end and looks for what it left behind. */
export async function runAttack(runner: TestRunner, attack: Attack): Promise<AttackResult> {
  const token = crypto.randomUUID();
  const source = attack.source.replaceAll('TOKEN', token);
  const request = {
    language: attack.language,
    ...(attack.language === 'python'
      ? pythonFiles(source, attack)
      : javascriptFiles(source, attack)),
    limits: { ...usualLimits, ...attack.limits },
  };
  const expected = await namesOfTests(runner, request);
  const startedAt = performance.now();
  const outcome = await runner.run({ ...request, expected });
  const wallMs = performance.now() - startedAt;
  return { outcome, wallMs, survivors: await commandsWith(token) };
}

/** By runner and test file. While tests are collected nothing of the sources is there, so attacks share them. */
const collected = new WeakMap<TestRunner, Map<string, Promise<readonly string[]>>>();

function namesOfTests(runner: TestRunner, request: CollectRequest): Promise<readonly string[]> {
  const known = collected.get(runner) ?? new Map<string, Promise<readonly string[]>>();
  collected.set(runner, known);
  const key = JSON.stringify(request.tests);
  const names = known.get(key) ?? collect(runner, request);
  known.set(key, names);
  return names;
}

async function collect(runner: TestRunner, request: CollectRequest): Promise<readonly string[]> {
  const collection = await runner.collect({ ...request, limits: {} });
  if (!collection.ok) throw new Error(collection.failure.message);
  return collection.names;
}

function javascriptFiles(source: string, { body = 'expect(await attack()).toBe(true);' }: Attack) {
  return {
    files: [{ path: 'victim.js', content: source }],
    tests: [
      {
        path: 'victim.spec.js',
        content: `import { attack } from './victim';\nimport assert from 'node:assert';\ntest('holds', async () => { ${body} });\n`,
      },
    ],
  };
}

function pythonFiles(source: string, { body = 'self.assertTrue(attack())' }: Attack) {
  return {
    files: [{ path: 'victim.py', content: source }],
    tests: [
      {
        path: 'victim_test.py',
        content: `import unittest\nfrom victim import attack\n\nclass VictimTest(unittest.TestCase):\n    def test_holds(self):\n        ${body}\n`,
      },
    ],
  };
}

/** The command lines, all over the machine, that hold a text. */
export async function commandsWith(token: string): Promise<readonly string[]> {
  const commands: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const command = await readFile(`/proc/${pid}/cmdline`, 'latin1');
      if (command.includes(token)) commands.push(command.replaceAll('\0', ' '));
    } catch {
      // It ended while we looked.
    }
  }
  return commands;
}

/** What stands in the job folders of all runners below this process's temporary folder. */
export async function jobFolders(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of await readdir(tmpdir())) {
    if (!folder.startsWith('org-sandbox-')) continue;
    try {
      found.push(...(await readdir(join(tmpdir(), folder, 'jobs'))));
    } catch {
      // Another runner's, or just closed.
    }
  }
  return found;
}

/** A temporary folder of this test's own, which any user can pass through. */
export async function ownTemporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const before = process.env.TMPDIR;
  const { chmod } = await import('node:fs/promises');
  const path = await mkdtemp(join(tmpdir(), 'sandbox-test-'));
  await chmod(path, 0o755);
  process.env.TMPDIR = path;
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      await rm(path, { recursive: true, force: true });
    },
  };
}
