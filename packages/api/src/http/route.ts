import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { ProblemSlug, WireForm } from '../wire/index.ts';
import { HttpProblem } from './http-problem.ts';
import { parseGiven } from './parse-given.ts';
import { type ReadJsonOptions, readJson } from './read-json.ts';
import { reply, replyEmpty, replyJson } from './reply.ts';

/** What a handler is given: everything parsed. */
export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What a handler gives back; `undefined` says that it has answered by itself. */
export interface Answer {
  /** @default 200 */
  readonly status?: number;
  /** Written as JSON. */
  readonly body?: unknown;
  readonly content?: { readonly type: string; readonly text: string };
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AnswerSpec {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** @default "application/json" */
  readonly type?: string;
  /** What is answered instead to who accepts only that, e.g. "text/event-stream". */
  readonly otherType?: string;
}

export type Method = 'get' | 'post';

/** A route as data: served by Express, described by OpenAPI, fuzzed by tests. */
export interface Route {
  readonly method: Method;
  /** In Express's form: `/tasks/:task_id/files/*path`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly requestHeaders?: z.ZodObject;
  readonly body?: { readonly schema: z.ZodType; readonly required: boolean };
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  readonly problems: readonly ProblemSlug[];
  serve(request: IncomingMessage, response: ServerResponse, context: ServeContext): Promise<void>;
}

/** What whoever has matched the route knows of the request. */
export interface ServeContext {
  /** From the path, decoded. */
  readonly params: unknown;
  readonly query: unknown;
  readonly limits: ReadJsonOptions;
}

interface RouteSpec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>
  extends Omit<Route, 'params' | 'query' | 'body' | 'serve'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: WireForm<B>;
  /** What an absent body stands for; without it a body is required. */
  readonly absentBody?: z.input<B>;
  readonly handle: (
    call: Call<z.output<P>, z.output<Q>, z.output<B>>,
  ) => Promise<Answer | undefined> | Answer | undefined;
}

/** Makes a route of its description and a handler that is given parsed input. */
export function defineRoute<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<P, Q, B>): Route {
  const { params, query, body, absentBody, handle, ...description } = spec;
  // A misspelt parameter must not give an answer to another question.
  const strictQuery = query?.strict();
  return {
    ...description,
    ...(params && { params }),
    ...(query && { query }),
    ...(body && { body: { schema: body.schema, required: absentBody === undefined } }),
    async serve(request, response, context) {
      const parsed = {
        params: params && parseGiven(params, context.params),
        query: strictQuery && parseGiven(strictQuery, context.query),
        body: body && (await parseBody(body, absentBody, request, context.limits)),
      };
      // The spec's own schemas have parsed these; where there is no schema, none is asked for.
      const call = { ...parsed, request, response } as Call<z.output<P>, z.output<Q>, z.output<B>>;
      const answer = await handle(call);
      if (answer) write(response, answer);
    },
  };
}

async function parseBody<B extends z.ZodType>(
  form: WireForm<B>,
  absent: z.input<B> | undefined,
  request: IncomingMessage,
  limits: ReadJsonOptions,
): Promise<z.output<B>> {
  const given = await readJson(request, limits);
  const json = given === undefined ? absent : given;
  if (json === undefined) throw new HttpProblem('malformed-json', 'A JSON body is required');
  return form.decode(parseGiven(form.schema, json));
}

function write(response: ServerResponse, { status = 200, body, content, headers }: Answer): void {
  if (content) reply(response, status, content, headers);
  else if (body === undefined) replyEmpty(response, status, headers);
  else replyJson(response, status, body, headers);
}
