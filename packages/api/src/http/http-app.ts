import type { IncomingMessage } from 'node:http';
import express, { type Express, type RequestHandler } from 'express';
import type { ProblemSlug } from '../wire/index.ts';
import type { Admission } from './admission.ts';
import { type AnswerErrorsOptions, answerErrors } from './answer-errors.ts';
import { HttpProblem } from './http-problem.ts';
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

export interface HttpAppOptions extends AnswerErrorsOptions {
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

/** The Express app: admission, limits, routes, and one place where errors become problems. */
export function createHttpApp(options: HttpAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(observe(options));
  app.use(admit(options));
  for (const route of options.routes) app[route.method](route.path, serve(route, options.limits));
  refuseOtherMethods(app, options.routes);
  for (const { path, handler } of options.mounts) app.use(path, handler);
  app.use(() => {
    throw new HttpProblem('not-found', 'There is nothing here; see /docs');
  });
  app.use(answerErrors(options));
  return app;
}

const routeOf = new WeakMap<IncomingMessage, string>();

/** Names the route that a request has come to, for figures. */
export function nameRoute(request: IncomingMessage, route: string): void {
  routeOf.set(request, route);
}

function serve(route: Route, limits: ReadJsonOptions): RequestHandler {
  return (request, response) => {
    nameRoute(request, route.path);
    return route.serve(request, response, limits);
  };
}

function observe({ onRequest }: HttpAppOptions): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const path = request.path;
    response.on('close', () => {
      onRequest({
        method: request.method,
        path,
        route: routeOf.get(request) ?? null,
        status: response.statusCode,
        durationMs: performance.now() - startedAt,
        remoteAddress: request.socket.remoteAddress ?? null,
      });
    });
    next();
  };
}

function admit({ admission, rateLimit, isOpen }: HttpAppOptions): RequestHandler {
  return (request, _response, next) => {
    const refusal = admission(request);
    if (refusal) throw refusal;
    if (request.method === 'POST') {
      if (!isOpen()) throw tryLater('unavailable', 'The server is stopping', 5);
      const seconds = rateLimit(request.socket.remoteAddress ?? '');
      if (seconds > 0) throw tryLater('rate-limited', `Try again in ${seconds} s`, seconds);
    }
    next();
  };
}

function tryLater(slug: ProblemSlug, detail: string, seconds: number): HttpProblem {
  return new HttpProblem(slug, detail, {
    extras: { retry_after_seconds: seconds },
    headers: { 'retry-after': String(seconds) },
  });
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
