import { InvalidRequestError } from './errors.ts';

/**
 * Refuses a number with which nothing would ever happen; `Infinity` is fine.
 *
 * @throws InvalidRequestError naming the field
 */
export function assertPositiveInteger(field: string, value: number): void {
  if ((Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY) && value >= 1) return;
  throw new InvalidRequestError({ field, detail: `must be a positive integer, not ${value}` });
}
