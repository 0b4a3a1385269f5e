import { z } from 'zod';

/** Every kind of problem the API answers with; its `type` is `/problems/<slug>`. */
export const problems = {
  validation: { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'bad-request': { status: 400, title: 'The request cannot be understood' },
  unauthorized: { status: 401, title: 'A bearer token is required' },
  'host-not-allowed': { status: 403, title: 'This Host is not served' },
  'origin-not-allowed': { status: 403, title: 'This Origin may not use the API' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'task-not-found': { status: 404, title: 'There is no such task' },
  'file-not-found': { status: 404, title: 'There is no such file at this version' },
  'call-not-found': { status: 404, title: 'There is no such model call' },
  'method-not-allowed': { status: 405, title: 'The method is not offered here' },
  'not-acceptable': { status: 406, title: 'The asked for form is not offered' },
  'request-timeout': { status: 408, title: 'The body did not arrive in time' },
  'task-exists': { status: 409, title: 'The task id is in use' },
  'task-ended': { status: 409, title: 'The task has ended' },
  'stale-bug-report': { status: 409, title: 'The report is not of the code as it stands' },
  'version-conflict': { status: 412, title: 'The task has changed meanwhile' },
  'too-large': { status: 413, title: 'The body is too large' },
  'uri-too-long': { status: 414, title: 'The URL is too long' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'idempotency-mismatch': {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
  },
  'rate-limited': { status: 429, title: 'Too many writes' },
  'headers-too-large': { status: 431, title: 'The request has too many headers' },
  internal: { status: 500, title: 'Something went wrong here' },
  'no-room': { status: 503, title: 'No place for another task' },
  unavailable: { status: 503, title: 'Not available at the moment' },
} as const;

export type ProblemSlug = keyof typeof problems;

/** Problem details, RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string().meta({ examples: ['/problems/validation'] }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().nullable(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'The fields at fault' }),
    limit: z.number().optional(),
    expected_version: z.int().optional(),
    actual_version: z.int().optional(),
    superseded_by: z.int().optional().meta({ description: 'The code version that overtook it' }),
    retry_after_seconds: z.number().optional(),
    error_id: z.string().optional().meta({ description: 'Names the entry in the server’s log' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof problemSchema>;

/** As many faults as are told, and characters of a name: the answer does not grow with the request. */
const most = { faults: 100, nameLength: 200 };

/**
 * The fields at fault, in the names of the wire: `files[0].path`. Names that are not known come first: a
 * misspelt one says why another is missing.
 */
export function fieldErrors(error: z.ZodError): { field: string; message: string }[] {
  const isUnknown = ({ code }: z.core.$ZodIssue) => code === 'unrecognized_keys';
  const issues = [
    ...error.issues.filter(isUnknown),
    ...error.issues.filter((issue) => !isUnknown(issue)),
  ];
  return issues.flatMap(faultsOf).slice(0, most.faults);
}

function faultsOf(issue: z.core.$ZodIssue) {
  if (issue.code !== 'unrecognized_keys')
    return [{ field: fieldPath(issue.path), message: issue.message }];
  return issue.keys.slice(0, most.faults).map((key) => ({
    field: fieldPath([...issue.path, key]),
    message: 'is not a known name',
  }));
}

function clipped(name: string): string {
  return name.length > most.nameLength ? `${name.slice(0, most.nameLength)}…` : name;
}

function fieldPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) {
    text +=
      typeof key === 'number' ? `[${key}]` : `${text === '' ? '' : '.'}${clipped(String(key))}`;
  }
  return text === '' ? 'body' : text;
}
