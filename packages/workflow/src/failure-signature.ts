import { createHash } from 'node:crypto';
import type { TestResult } from '@org/events';
import type { TestFailure } from './test-runner.ts';

/**
 * Equal for equal failures: SHA-256 (hex) over the kind of failure and the sorted names of the
 * tests that did not pass. Messages, durations and the order of the results do not count.
 */
export function failureSignature(
  kind: TestFailure['kind'],
  results: readonly TestResult[],
): string {
  const names = results.filter((result) => result.status !== 'passed').map((result) => result.name);
  return createHash('sha256')
    .update(JSON.stringify([kind, ...names.sort()]))
    .digest('hex');
}
