import type { Event } from '@org/events';

/** Failing tests that are told at once; a small model fixes them one by one anyway. */
const maxTests = 3;
const maxCharacters = 300;

/**
 * What a model has to know of the newest failed run: the failing tests' names, expected and actual.
 * Timings, paths and the rest of the output only distract it.
 */
export function testFeedback(events: readonly Event[], module: string): string {
  const failed = events.findLast(
    (event) => event.eventType === 'TEST_FAILED' && event.data.module === module,
  );
  if (failed?.eventType !== 'TEST_FAILED') return '';
  const failing = failed.data.results.filter((result) => result.status !== 'passed');
  const told = failing
    .slice(0, maxTests)
    .map((result) =>
      [
        `- ${result.name}`,
        ...(result.expected === null ? [] : [`  expected: ${trimmed(result.expected)}`]),
        ...(result.actual === null ? [] : [`  actual: ${trimmed(result.actual)}`]),
        ...(result.message === null || result.expected !== null
          ? []
          : [`  ${trimmed(result.message)}`]),
      ].join('\n'),
    );
  return [
    `${failed.data.passed} of ${failed.data.total} tests pass.`,
    ...(failed.data.failure.kind === 'assertion'
      ? []
      : [
          `The run ended with: ${failed.data.failure.kind}: ${trimmed(failed.data.failure.message)}`,
        ]),
    ...(told.length === 0 ? [] : ['Failing:', ...told]),
    ...(failing.length > maxTests ? [`and ${failing.length - maxTests} more.`] : []),
  ].join('\n');
}

function trimmed(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= maxCharacters
    ? line
    : `${line.slice(0, maxCharacters / 2)} … ${line.slice(-maxCharacters / 2)}`;
}
