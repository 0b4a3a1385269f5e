import type { Event, TestResult } from '@org/events';
import { withoutReferences } from '../summary/without-references.ts';

type Failure = Extract<Event, { eventType: 'TEST_FAILED' }>;

/** A failed run as a model needs it: each failing test with what it expected and what it got, verbatim. */
export function failureText(event: Failure): string {
  const { passed, total, failure, results, output } = event.data;
  const failing = results.filter(isFailing);
  const parts = [
    `${passed} of ${total} tests passed (${failure.kind}: ${failure.message})`,
    ...failing.map(resultText),
  ];
  if (needsOutput(event)) parts.push(`printed:\n${output.trimEnd()}`);
  return withoutReferences(parts.join('\n'));
}

/** What a run printed only says more when its results do not say it all: they mostly stand in there again. */
export function needsOutput({ data }: Failure): boolean {
  if (data.output === '') return false;
  const failing = data.results.filter(isFailing);
  return data.failure.kind !== 'assertion' || !failing.some(({ message }) => message !== null);
}

function isFailing({ status }: TestResult): boolean {
  return status === 'failed' || status === 'missing';
}

function resultText({ name, status, message, expected, actual }: TestResult): string {
  const missing = status === 'missing' ? ' (never reported)' : '';
  return [
    `✗ ${name}${missing}`,
    field('expected', expected),
    field('actual', actual),
    field('message', message),
  ]
    .filter(Boolean)
    .join('\n');
}

function field(name: string, value: string | null): string {
  if (value === null || value === '') return '';
  return value.includes('\n') ? `  ${name}:\n${value.trimEnd()}` : `  ${name}: ${value}`;
}
