import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { parse as parseQuery } from 'node:querystring';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { ProblemSlug } from '../wire/index.ts';
import type { Admission } from './admission.ts';
import { type AnswerErrorOptions, answerError } from './answer-error.ts';
import { HttpProblem } from './http-problem.ts';
import { createPipelineLimit } from './pipeline-limit.ts';
import type { RateLimit } from './rate-limit.ts';
import type { ReadJsonOptions } from './read-json.ts';
import { replyEmpty } from './reply.ts';
import type { Route } from './route.ts';

/** One answered request, for an access log; nothing of what was said in it. */
export interface RequestRecord {
  readonly method: string;
  /** As asked for, without the query. */
  readonly path: string;
  /** As declared, for figures: `/tasks/:task_id`; null: there is no such route. */
  readonly route: string | null;
  readonly status: number;
  readonly durationMs: number;
  readonly remoteAddress: string | null;
}

export interface HttpHandlerOptions extends AnswerErrorOptions {
  readonly routes: readonly Route[];
  /** Mounted behind the routes: `/mcp`, and what the composition adds. */
  readonly mounts: readonly { readonly path: string; readonly handler: RequestHandler }[];
  readonly admission: Admission;
  readonly rateLimit: RateLimit;
  readonly limits: ReadJsonOptions;
  /** False: no more writes are taken. */
  readonly isOpen: () => boolean;
  readonly onRequest: (record: RequestRecord) => void;
}

/**
 * Answers HTTP requests. Each is observed, admitted, and served by its route; errors become problem
 * details in one place.
 *
 * Routes without parameters are found by their path alone; Express matches all others, and carries
 * what is mounted. For `POST /tasks` that saves half of what Express costs.
 */
export function createHttpHandler(options: HttpHandlerOptions): RequestListener {
  const { routes, limits } = options;
  const app = createApp(options);
  const pipelineLimit = createPipelineLimit();
  const exact = new Map<string, Route>();
  for (const route of routes) {
    if (/[:*]/.test(route.path)) continue;
    exact.set(`${route.method.toUpperCase()} ${route.path}`, route);
  }
  return (request, response) => {
    const { path, search } = splitUrl(request.url ?? '/');
    observe({ request, response, path }, options.onRequest);
    const surplus = pipelineLimit(request, response);
    try {
      if (surplus) throw surplus;
      admit(request, options);
    } catch (error) {
      answerError(error, { request, response }, options);
      return;
    }
    const route = exact.get(`${request.method} ${path}`);
    if (route === undefined) {
      app(request, response);
      return;
    }
    nameRoute(request, route.path);
    const context = { params: {}, query: search === '' ? {} : parseQuery(search), limits };
    route.serve(request, response, context).catch((error: unknown) => {
      answerError(error, { request, response }, options);
    });
  };
}

function splitUrl(url: string): { readonly path: string; readonly search: string } {
  const at = url.indexOf('?');
  return at < 0 ? { path: url, search: '' } : { path: url.slice(0, at), search: url.slice(at + 1) };
}

const routeOf = new WeakMap<IncomingMessage, string>();

/** Names the route that a request has come to, for figures. */
export function nameRoute(request: IncomingMessage, route: string): void {
  routeOf.set(request, route);
}

function observe(
  { request, response, path }: { request: IncomingMessage; response: ServerResponse; path: string },
  onRequest: HttpHandlerOptions['onRequest'],
): void {
  const startedAt = performance.now();
  const remoteAddress = request.socket.remoteAddress ?? null;
  response.on('close', () => {
    onRequest({
      method: request.method ?? 'GET',
      path,
      route: routeOf.get(request) ?? null,
      status: response.statusCode,
      durationMs: performance.now() - startedAt,
      remoteAddress,
    });
  });
}

/** @throws HttpProblem why the request is not served */
function admit(
  request: IncomingMessage,
  { admission, rateLimit, isOpen }: HttpHandlerOptions,
): void {
  const refusal = admission(request);
  if (refusal) throw refusal;
  if (request.method !== 'POST') return;
  if (!isOpen()) throw tryLater('unavailable', 'The server is stopping', 5);
  const seconds = rateLimit(request.socket.remoteAddress ?? '');
  if (seconds > 0) throw tryLater('rate-limited', `Try again in ${seconds} s`, seconds);
}

function tryLater(slug: ProblemSlug, detail: string, seconds: number): HttpProblem {
  return new HttpProblem(slug, detail, {
    extras: { retry_after_seconds: seconds },
    headers: { 'retry-after': String(seconds) },
  });
}

function createApp(options: HttpHandlerOptions): Express {
  const { routes, mounts, limits } = options;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  for (const route of routes) {
    app[route.method](route.path, (request, response) => {
      nameRoute(request, route.path);
      const { params, query } = request;
      return route.serve(request, response, { params, query, limits });
    });
  }
  refuseOtherMethods(app, routes);
  for (const { path, handler } of mounts) app.use(path, handler);
  // Where nothing is mounted there; it is no part of the API, so the description leaves it out.
  app.get('/', (request, response) => {
    nameRoute(request, '/');
    replyEmpty(response, 307, { location: '/docs' });
  });
  app.use(() => {
    throw new HttpProblem('not-found', 'There is nothing here; see /docs');
  });
  app.use(answeringErrors(options));
  return app;
}

/** As Express wants it: it knows a handler of errors by its four parameters. */
export function answeringErrors(options: AnswerErrorOptions): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    answerError(error, { request, response }, options);
  };
}

/** A known path asked with another method: 405 that says which are offered. */
function refuseOtherMethods(app: Express, routes: readonly Route[]): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes
      .filter((route) => route.path === path)
      .flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
    const allow = [...methods, 'OPTIONS'].join(', ');
    app.all(path, (request, response) => {
      nameRoute(request, path);
      if (request.method === 'OPTIONS') {
        replyEmpty(response, 204, { allow });
        return;
      }
      throw new HttpProblem('method-not-allowed', `Offered here: ${allow}`, { headers: { allow } });
    });
  }
}
