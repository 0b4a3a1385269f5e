import type { Event, TestResult } from '@org/events';
import { withoutReferences } from '../../summary/without-references.ts';

type Failure = Extract<Event, { eventType: 'TEST_FAILED' }>;

/** A failed run as a model needs it: each failing test with what it expected and what it got, verbatim. */
export function failureText(event: Failure): string {
  const { passed, total, failure, results, output } = event.data;
  const failing = results.filter(isFailing);
  const parts = [
    `${passed} of ${total} tests passed (${failure.kind}${saysAll(failing) ? '' : `: ${failure.message}`})`,
    ...failing.map(resultText),
  ];
  if (needsOutput(event)) parts.push(`printed:\n${output.trimEnd()}`);
  return withoutReferences(parts.join('\n'));
}

/** What a run printed only says more when its results do not say it all: they mostly stand in there again. */
export function needsOutput({ data }: Failure): boolean {
  if (data.output === '') return false;
  const failing = data.results.filter(isFailing);
  return data.failure.kind !== 'assertion' || !saysAll(failing);
}

function saysAll(failing: readonly TestResult[]): boolean {
  return failing.some(({ message }) => message !== null);
}

function isFailing({ status }: TestResult): boolean {
  return status === 'failed' || status === 'missing';
}

function resultText({ name, status, message, expected, actual }: TestResult): string {
  const missing = status === 'missing' ? ' (never reported)' : '';
  const repeats =
    message !== null &&
    [expected, actual].every((value) => value === null || message.includes(value));
  return [
    `✗ ${name}${missing}`,
    ...(repeats ? [] : [field('expected', expected), field('actual', actual)]),
    field('message', message),
  ]
    .filter(Boolean)
    .join('\n');
}

function field(name: string, value: string | null): string {
  if (value === null || value === '') return '';
  const text = value.trimEnd();
  return text.includes('\n') ? `  ${name}:\n${text}` : `  ${name}: ${text}`;
}
