import type { RunLimits } from '../test-runner.ts';

const mebibyte = 1024 * 1024;

/** Enough for the tests of a module, too little to harm the host. */
export const defaultLimits: RunLimits = {
  timeoutMs: 20_000,
  memoryBytes: 512 * mebibyte,
  processes: 64,
  fileBytes: 16 * mebibyte,
  outputBytes: 256 * 1024,
};
