/**
 * What the ports may throw, by `code`, and what a client is told.
 *
 * | code | carries | HTTP |
 * | --- | --- | --- |
 * | `INVALID_TASK`, `INVALID_INTERVENTION`, `INVALID_REPORT` | `field` (wire path), `message` (without the field) | 400 |
 * | `TASK_NOT_FOUND`, `FILE_NOT_FOUND`, `CALL_NOT_FOUND` | `message` | 404 |
 * | `TASK_EXISTS` | `message` | 409 |
 * | `TASK_ENDED` | `message` | 409 |
 * | `VERSION_CONFLICT` | `expected`, `actual` | 412 |
 * | `TOO_LARGE` | `message`, `limit` | 413 |
 * | `IDEMPOTENCY_MISMATCH` | `message` | 422 |
 * | `NO_ROOM` | `retryAfterSeconds` | 503 + `Retry-After` |
 * | `UNAVAILABLE` (store degraded, shutting down) | `retryAfterSeconds`? | 503 + `Retry-After` |
 *
 * Any other error is answered with 500 and an opaque id, and given to `hooks.onError`.
 */
export const portErrorStatus = {
  INVALID_TASK: 400,
  INVALID_INTERVENTION: 400,
  INVALID_REPORT: 400,
  TASK_NOT_FOUND: 404,
  FILE_NOT_FOUND: 404,
  CALL_NOT_FOUND: 404,
  TASK_EXISTS: 409,
  TASK_ENDED: 409,
  VERSION_CONFLICT: 412,
  TOO_LARGE: 413,
  IDEMPOTENCY_MISMATCH: 422,
  NO_ROOM: 503,
  UNAVAILABLE: 503,
} as const;

export type PortErrorCode = keyof typeof portErrorStatus;

/** An error of a port, as the API sees it; recognised by its `code` alone. */
export interface PortError {
  readonly code: PortErrorCode;
  readonly message: string;
  readonly field?: string;
  readonly expected?: number;
  readonly actual?: number;
  readonly limit?: number;
  readonly retryAfterSeconds?: number;
}
