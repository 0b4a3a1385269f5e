import { InvalidEventError } from './store-errors.ts';

const isoTimestamp =
  /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|([+-])(\d{2}):?(\d{2}))$/;

/**
 * An ISO 8601 timestamp with a zone as UTC with milliseconds: `2026-11-23T10:00:00.000Z`.
 *
 * @throws InvalidEventError for anything else
 */
export function parseTimestamp(value: unknown, path = 'timestamp'): string {
  const milliseconds = typeof value === 'string' ? toMilliseconds(value) : Number.NaN;
  if (Number.isNaN(milliseconds)) {
    throw new InvalidEventError({
      path,
      reason: `must be an ISO 8601 timestamp with a time zone, such as 2026-11-23T10:00:00.000Z, not ${JSON.stringify(value) ?? String(value)}`,
    });
  }
  return new Date(milliseconds).toISOString();
}

/** Milliseconds since 1970; NaN when malformed: no zone, a day that does not exist … */
function toMilliseconds(text: string): number {
  const match = isoTimestamp.exec(text);
  if (!match) return Number.NaN;
  const [, year, month, day, sign, hours, minutes] = match;
  if (!isDay(Number(year), Number(month), Number(day))) return Number.NaN;
  const milliseconds = Date.parse(withColon(text).replace(',', '.'));
  if (sign !== undefined && (Number(hours) > 23 || Number(minutes) > 59)) return Number.NaN;
  const utcYear = new Date(milliseconds).getUTCFullYear();
  return utcYear >= 0 && utcYear <= 9999 ? milliseconds : Number.NaN;
}

/** Whether the calendar has that day: `Date` would count 30 February on into March. */
export function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function withColon(text: string): string {
  return text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
}
