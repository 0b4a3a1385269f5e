export { type FakeTestRunner, fakeTestRunner } from './fake-test-runner.ts';
export { javascriptSample, pythonSample, type RunnerSample } from './runner-sample.ts';
export { type TestRunnerCase, testRunnerContract } from './test-runner-contract.ts';
