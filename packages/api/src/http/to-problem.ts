import { z } from 'zod';
import { fieldErrors, type ProblemSlug, problems } from '../wire/index.ts';
import { HttpProblem, invalidField } from './http-problem.ts';

/** Errors by their `code`, of the ports, of the event store and of this package. */
const slugByCode: Readonly<Record<string, ProblemSlug>> = {
  INVALID_TASK: 'validation',
  INVALID_INTERVENTION: 'validation',
  INVALID_REPORT: 'validation',
  TASK_NOT_FOUND: 'task-not-found',
  FILE_NOT_FOUND: 'file-not-found',
  CALL_NOT_FOUND: 'call-not-found',
  TASK_EXISTS: 'task-exists',
  TASK_ENDED: 'task-ended',
  VERSION_CONFLICT: 'version-conflict',
  TOO_LARGE: 'too-large',
  EVENT_TOO_LARGE: 'too-large',
  IDEMPOTENCY_MISMATCH: 'idempotency-mismatch',
  NO_ROOM: 'no-room',
  UNAVAILABLE: 'unavailable',
  SHUTTING_DOWN: 'unavailable',
  STORE_UNAVAILABLE: 'unavailable',
  STORE_CLOSED: 'unavailable',
  QUEUE_FULL: 'unavailable',
};

/** Their messages speak of folders and disks. */
const internalCodes = new Set(['STORE_UNAVAILABLE', 'STORE_CLOSED', 'QUEUE_FULL']);

const slugByStatus: Readonly<Record<number, ProblemSlug>> = {
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  408: 'request-timeout',
  413: 'too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
};

/** What a client is told of an error; undefined: nothing, it is ours and must be looked into. */
export function toProblem(error: unknown): HttpProblem | undefined {
  if (error instanceof HttpProblem) return error;
  if (error instanceof z.ZodError) return invalid(error);
  if (!(error instanceof Error)) return undefined;
  const data = Object.fromEntries(Object.entries(error));
  return fromCode(error, data) ?? fromStatus(error, data);
}

/** A 400 for what a schema refused: the first fault in words, all of them, up to a hundred, as data. */
export function invalid(error: z.ZodError): HttpProblem {
  const errors = fieldErrors(error);
  const [first] = errors;
  const detail = first ? `${first.field}: ${first.message}` : 'The request is not valid';
  return new HttpProblem('validation', detail, { extras: { errors }, cause: error });
}

function fromCode(error: Error, data: Readonly<Record<string, unknown>>): HttpProblem | undefined {
  const { code } = data;
  if (typeof code !== 'string' || !Object.hasOwn(slugByCode, code)) return undefined;
  const slug = slugByCode[code] ?? 'internal';
  if (slug === 'validation' && typeof data.field === 'string')
    return invalidField(data.field, error.message);
  const seconds = retryAfter(slug, data.retryAfterSeconds);
  const detail = internalCodes.has(code) ? 'Events cannot be stored at the moment' : error.message;
  return new HttpProblem(slug, detail, {
    cause: error,
    extras: {
      ...(typeof data.limit === 'number' && { limit: data.limit }),
      ...(typeof data.expected === 'number' && { expected_version: data.expected }),
      ...(typeof data.actual === 'number' && { actual_version: data.actual }),
      ...(seconds !== undefined && { retry_after_seconds: seconds }),
    },
    ...(seconds !== undefined && { headers: { 'retry-after': String(seconds) } }),
  });
}

function retryAfter(slug: ProblemSlug, given: unknown): number | undefined {
  if (problems[slug].status !== 503) return undefined;
  return typeof given === 'number' && given > 0 ? Math.ceil(given) : 5;
}

/** Errors that Express and Node make of what the client sent: malformed paths and the like. */
function fromStatus(
  error: Error,
  data: Readonly<Record<string, unknown>>,
): HttpProblem | undefined {
  const status = data.status ?? data.statusCode;
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  return new HttpProblem(slugByStatus[status] ?? 'bad-request', error.message, { cause: error });
}
