export {
  isTestRunnerError,
  TestRunnerError,
  type TestRunnerErrorCode,
} from '../test-runner-error.ts';
export type { SandboxChoice } from './choose-confinement.ts';
export type { Interpreter } from './confinement.ts';
export { javascript } from './javascript/javascript.ts';
export type { HarnessFile, Preparation, PrepareRequest, SandboxLanguage } from './language.ts';
export { defaultLimits } from './limits.ts';
export { python } from './python/python.ts';
export { createSandboxRunner, type SandboxRunnerOptions } from './sandbox-runner.ts';
