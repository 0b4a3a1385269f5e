import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSandboxRunner } from '../../src/sandbox/index.ts';
import type { TestRunner } from '../../src/test-runner.ts';
import { statuses, type Trial, tryTests } from './try-tests.ts';

// The machine may be busy with other tests: these limits only end what hangs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ask = promisify(execFile);
const runner = await createSandboxRunner();
afterAll(() => runner.close());

const python = (trial: Trial) => tryTests(runner, 'python', trial);

describe.runIf(runner.languages.includes('python')).concurrent('tests in Python', () => {
  it('runs given tests as Exercism writes them, and reports expected and actual', async () => {
    const tests = {
      'two_fer_test.py': `import unittest
from two_fer import (
    two_fer,
)

class TwoFerTest(unittest.TestCase):
    def test_no_name_given(self):
        self.assertEqual(two_fer(), "One for you, one for me.")

    def test_a_name_given(self):
        self.assertEqual(two_fer("Alice"), "One for Alice, one for me.")

if __name__ == "__main__":
    unittest.main()
`,
    };
    const right = `def two_fer(name="you"):\n    return f"One for {name}, one for me."\n`;
    const { names, outcome } = await python({ files: { 'two_fer.py': right }, tests });
    // As they are written, not as they are sorted.
    expect(names).toEqual(['TwoFerTest.test_no_name_given', 'TwoFerTest.test_a_name_given']);
    expect(outcome).toMatchObject({ outcome: 'passed', total: 2 });
    const wrong = `def two_fer(name="you"):\n    return "One for you, one for me."\n`;
    const failed = await python({ files: { 'two_fer.py': wrong }, tests });
    expect(failed.outcome.results[1]).toMatchObject({
      status: 'failed',
      expected: "'One for Alice, one for me.'",
      actual: "'One for you, one for me.'",
    });
  });

  it('says where an error was raised, in files of the task', async () => {
    const { outcome } = await python({
      files: { 'a.py': 'def f():\n    return 1 / 0\n' },
      tests: {
        'a_test.py': `import unittest, a\nclass T(unittest.TestCase):\n    def test_f(self):\n        a.f()\n`,
      },
    });
    expect(outcome.results[0]?.message).toBe(
      'ZeroDivisionError: division by zero\n    at a.py:2: return 1 / 0',
    );
  });

  it('runs fixtures, subtests, expected failures; a skip is not a pass', async () => {
    const { names, outcome } = await python({
      tests: {
        'a_test.py': `import unittest
class T(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = [1]
    def setUp(self):
        self.own = list(self.shared)
    def test_fixtures(self):
        self.assertEqual(self.own, [1])
    def test_subtests(self):
        for n in (1, 2, 3):
            with self.subTest(n=n):
                self.assertLess(n, 3)
    @unittest.expectedFailure
    def test_expected_failure(self):
        self.fail()
    @unittest.skip("not here")
    def test_left_out(self):
        pass
    def test_skips_itself(self):
        self.skipTest("no")
`,
      },
    });
    expect(names).not.toContain('T.test_left_out');
    expect(statuses(outcome)).toEqual({
      'T.test_fixtures': 'passed',
      'T.test_subtests': 'failed',
      'T.test_expected_failure': 'passed',
      'T.test_skips_itself': 'skipped',
    });
    expect(outcome.results[1]?.message).toContain('(n=3)');
  });

  it('fails as a whole when a class fixture fails', async () => {
    const { outcome } = await python({
      tests: {
        'a_test.py': `import unittest
class T(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("no")
    def test_one(self):
        pass
`,
      },
    });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'crash', message: expect.stringContaining('RuntimeError: no') },
    });
  });

  it('goes on after a test that hangs', async () => {
    const { outcome } = await python({
      limits: { timeoutMs: 2000 },
      tests: {
        'a_test.py': `import unittest
class T(unittest.TestCase):
    def test_a(self):
        while True: pass
    def test_b(self):
        pass
`,
      },
    });
    expect(statuses(outcome)).toEqual({ 'T.test_a': 'failed', 'T.test_b': 'passed' });
  });

  it('imports packages, helpers and fixtures of the task', async () => {
    const { names, outcome } = await python({
      files: {
        'lib/__init__.py': '',
        'lib/deep.py': 'VALUE = 1',
        'top.py': 'from lib.deep import VALUE',
      },
      support: { 'help.py': 'FACTOR = 2', 'data.json': '[3]' },
      tests: {
        'a_test.py': `import json, unittest
import top, help
import lib.deep as deep
class T(unittest.TestCase):
    def test_all(self):
        with open("data.json") as file:
            self.assertEqual([top.VALUE, deep.VALUE, help.FACTOR, json.load(file)], [1, 1, 2, [3]])
`,
        'b_test.py': `import unittest\nclass T(unittest.TestCase):\n    def test_all(self): pass\n`,
      },
    });
    expect(names).toEqual(['a_test.py > T.test_all', 'b_test.py > T.test_all']);
    expect(outcome.outcome).toBe('passed');
  });

  it('collects against stubs: bases, decorators, loops over constants', async () => {
    const collected = await runner.collect({
      language: 'python',
      files: [{ path: 'pkg/thing.py', content: 'not even Python (' }],
      tests: [
        {
          path: 'a_test.py',
          content: `import unittest
from pkg.thing import Base, LIST, make, Error
import pkg.thing

class Derived(Base):
    pass
class MyError(Error, ValueError):
    pass
FIRST = make(1)[0] + 1
ALL = [item for item in LIST]
class T(unittest.TestCase):
    def test_uses(self):
        raise SystemExit("a body ran")
`,
        },
      ],
    });
    expect(collected).toEqual({ ok: true, names: ['T.test_uses'] });
  });

  it('says that pytest is missing where tests need it and it is not there', async ({ skip }) => {
    const has = await ask('/usr/bin/python3', ['-I', '-c', 'import pytest']).then(
      () => true,
      () => false,
    );
    if (has) return skip('the system has pytest');
    const tests = [{ path: 'test_a.py', content: 'def test_a():\n    assert True\n' }];
    expect(await runner.collect({ language: 'python', files: [], tests })).toMatchObject({
      ok: false,
      failure: { kind: 'crash', message: expect.stringContaining('pytest is not installed') },
    });
  });
});

/** The folder of an installed pytest, from whichever Python is first on the path. */
async function pytestFolder(): Promise<string | null> {
  const program = 'import os, pytest; print(os.path.dirname(os.path.dirname(pytest.__file__)))';
  return ask('python3', ['-c', program]).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

const pytest = await pytestFolder();

describe.runIf(runner.languages.includes('python') && pytest !== null)('tests for pytest', () => {
  let folder: string;
  let withPytest: TestRunner;

  beforeAll(async () => {
    // A virtual environment that the sandbox's user can reach, with pytest in it.
    folder = await mkdtemp(join(tmpdir(), 'venv-test-'));
    await ask('chmod', ['755', folder]);
    await ask('/usr/bin/python3', ['-m', 'venv', '--without-pip', join(folder, 'venv')]);
    const { stdout } = await ask(join(folder, 'venv/bin/python'), [
      '-c',
      'import sysconfig; print(sysconfig.get_path("purelib"))',
    ]);
    for (const name of [
      'pytest',
      '_pytest',
      'py.py',
      'pluggy',
      'iniconfig',
      'packaging',
      'pygments',
    ]) {
      // What a version of pytest has no use for may be missing.
      await cp(join(pytest ?? '', name), join(stdout.trim(), name), { recursive: true }).catch(
        () => {},
      );
    }
    withPytest = await createSandboxRunner({ python: join(folder, 'venv/bin/python') });
  }, 30_000);

  afterAll(async () => {
    await withPytest.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('runs plain functions, parameters, fixtures and classes', async () => {
    const { names, outcome } = await tryTests(withPytest, 'python', {
      files: { 'a.py': 'def double(n):\n    return n * 2\n' },
      tests: {
        'test_a.py': `import pytest
from a import double

@pytest.fixture
def four():
    return 4

def test_fixture(four):
    assert double(2) == four

@pytest.mark.parametrize("n,expected", [(1, 2), (2, 5)])
def test_many(n, expected):
    assert double(n) == expected

class TestGroup:
    def test_inside(self):
        with pytest.raises(TypeError):
            double()

@pytest.mark.skip
def test_left_out():
    pass
`,
      },
    });
    expect(names).toEqual([
      'test_fixture',
      'test_many[1-2]',
      'test_many[2-5]',
      'TestGroup.test_inside',
    ]);
    expect(statuses(outcome)).toEqual({
      test_fixture: 'passed',
      'test_many[1-2]': 'passed',
      'test_many[2-5]': 'failed',
      'TestGroup.test_inside': 'passed',
    });
    expect(outcome.results[2]?.message).toContain('assert 4 == 5');
  });

  it('fails tests on stubs, and code that exits', async () => {
    const tests = [
      { path: 'test_a.py', content: 'from a import f\ndef test_a():\n    assert f() == 1\n' },
    ];
    const files = [{ path: 'a.py', content: 'import os\ndef f():\n    os._exit(0)\n' }];
    const run = { language: 'python', files, tests, expected: ['test_a'] } as const;
    const stubbed = await withPytest.run({ ...run, useStub: true });
    expect(stubbed.results[0]?.message).toContain('NotImplementedError');
    const exited = await withPytest.run(run);
    expect(exited).toMatchObject({ outcome: 'failed', failure: { kind: 'missing-results' } });
  });

  it('says where a test file does not parse', async () => {
    const tests = [{ path: 'test_a.py', content: 'import pytest\ndef test_a(:\n' }];
    expect(await withPytest.collect({ language: 'python', files: [], tests })).toMatchObject({
      ok: false,
      failure: { kind: 'syntax', message: expect.stringContaining('test_a.py') },
    });
  });
});
