import type { Problem, ProblemSlug } from '../wire/index.ts';

export type ProblemExtras = Partial<
  Omit<Problem, 'type' | 'title' | 'status' | 'detail' | 'instance'>
>;

/** A refusal on its way to the client: thrown anywhere under a request, written once at the end. */
export class HttpProblem extends Error {
  readonly slug: ProblemSlug;
  readonly extras: ProblemExtras;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    slug: ProblemSlug,
    detail: string,
    options: {
      readonly extras?: ProblemExtras;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HttpProblem';
    this.slug = slug;
    this.extras = options.extras ?? {};
    this.headers = options.headers ?? {};
  }
}

/** A 400 that names the field at fault. */
export function invalidField(field: string, message: string): HttpProblem {
  return new HttpProblem('validation', `${field}: ${message}`, {
    extras: { errors: [{ field, message }] },
  });
}
