import { afterAll, describe, it, vi } from 'vitest';
import { createSandboxRunner } from '../../src/sandbox/index.ts';
import {
  fakeTestRunner,
  javascriptSample,
  pythonSample,
  type RunnerSample,
  testRunnerContract,
} from '../../src/testing/index.ts';

// The machine may be busy with other tests: these limits only end what hangs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const fakeSample: RunnerSample = {
  language: 'javascript',
  right: { path: 'double.js', content: 'n * 2' },
  wrong: { path: 'double.js', content: 'n * 3' },
  unparsable: { path: 'double.js', content: 'SYNTAX ERROR' },
  endless: { path: 'double.js', content: 'ENDLESS' },
  tests: { path: 'double.spec.js', content: 'doubles: n * 2\nis a test:\n' },
  names: ['doubles', 'is a test'],
  unparsableTests: { path: 'double.spec.js', content: 'SYNTAX ERROR' },
  noTests: { path: 'double.spec.js', content: '' },
};

describe('contract of test runners: the fake', () => {
  for (const { name, run } of testRunnerContract(async () => fakeTestRunner(), fakeSample)) {
    it(name, run);
  }
});

describe.concurrent('contract of test runners: the sandbox', async () => {
  const probe = await createSandboxRunner();
  afterAll(() => probe.close());
  const samples = [javascriptSample('typescript'), pythonSample];
  for (const sample of samples) {
    const here = probe.languages.includes(sample.language);
    describe.runIf(here)(`${sample.language} in ${probe.sandbox.kind}`, () => {
      const cases = testRunnerContract(() => createSandboxRunner(), sample, { shared: probe });
      for (const { name, run } of cases) {
        it(name, run);
      }
    });
  }
});
