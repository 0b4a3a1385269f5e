import { z } from 'zod';
import type { Services } from '../services.ts';
import { health as healthForm, problems, snakeCaseKeys } from '../wire/index.ts';
import { docsPage, docsPolicy, docsStyle } from './docs-page.ts';
import { createHealthProbe } from './health-probe.ts';
import { HttpProblem } from './http-problem.ts';
import type { ApiMetrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { type Answer, defineRoute, type Route } from './route.ts';

export interface OperationOptions {
  readonly isReady: () => boolean;
  readonly metrics: ApiMetrics;
  readonly healthTimeoutMs?: number;
  readonly version: string;
  /** All routes, for the description; asked for on the first use. */
  readonly routes: () => readonly Route[];
}

const statusSchema = z.object({ status: z.string() }).meta({ id: 'Status' });
const html = 'text/html; charset=utf-8';

/** Health, figures and the description of the API itself. */
export function operationRoutes(
  { health, queue }: Services,
  options: OperationOptions,
): readonly Route[] {
  const { isReady, metrics, healthTimeoutMs } = options;
  const probe = createHealthProbe(
    health,
    healthTimeoutMs === undefined ? {} : { timeoutMs: healthTimeoutMs },
  );
  const described = once(() => openApiDocument(options.routes(), options.version));
  const docs = once(() => docsPage(described()));
  const page = (text: string): Answer => ({
    content: { type: html, text },
    headers: { 'content-security-policy': docsPolicy },
  });
  return [
    defineRoute({
      method: 'get',
      path: '/health',
      tag: 'Operation',
      summary: 'Whether it can do its work: every part is asked',
      answers: {
        200: { description: 'All is well', schema: healthForm.schema },
        503: { description: 'Something is not', schema: healthForm.schema },
      },
      problems: [],
      async handle() {
        const report = await probe();
        return { status: report.status === 'ok' ? 200 : 503, body: healthForm.encode(report) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/livez',
      tag: 'Operation',
      summary: 'Whether the process answers',
      answers: { 200: { description: 'It does', schema: statusSchema } },
      problems: [],
      handle: () => ({ body: { status: 'ok' } }),
    }),
    defineRoute({
      method: 'get',
      path: '/readyz',
      tag: 'Operation',
      summary: 'Whether it takes requests: started, and not stopping',
      answers: {
        200: { description: 'It does', schema: statusSchema },
        503: { description: 'Not yet, or no more', schema: statusSchema },
      },
      problems: [],
      handle: () =>
        isReady() ? { body: { status: 'ready' } } : { status: 503, body: { status: 'not ready' } },
    }),
    defineRoute({
      method: 'get',
      path: '/queue',
      tag: 'Operation',
      summary: 'Figures of the queue',
      answers: { 200: { description: 'The figures', schema: z.record(z.string(), z.json()) } },
      problems: [],
      handle: () => ({ body: snakeCaseKeys(queue()) }),
    }),
    defineRoute({
      method: 'get',
      path: '/metrics',
      tag: 'Operation',
      summary: 'Figures for Prometheus',
      answers: { 200: { description: 'Text exposition format', type: 'text/plain' } },
      problems: [],
      async handle() {
        const { registry } = metrics;
        return { content: { type: registry.contentType, text: await registry.metrics() } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/openapi.json',
      tag: 'Description',
      summary: 'This description, OpenAPI 3.1',
      answers: { 200: { description: 'The document', schema: z.record(z.string(), z.json()) } },
      problems: [],
      handle: () => ({ body: described() }),
    }),
    defineRoute({
      method: 'get',
      path: '/docs',
      tag: 'Description',
      summary: 'This description as a page',
      answers: { 200: { description: 'The page', type: 'text/html' } },
      problems: [],
      handle: () => page(docs()),
    }),
    defineRoute({
      method: 'get',
      path: '/docs/style.css',
      tag: 'Description',
      summary: 'The style of the page',
      answers: { 200: { description: 'CSS', type: 'text/css' } },
      problems: [],
      handle: () => ({ content: { type: 'text/css; charset=utf-8', text: docsStyle } }),
    }),
    defineRoute({
      method: 'get',
      path: '/problems/:slug',
      tag: 'Description',
      summary: 'What a problem’s `type` stands for',
      params: z.object({
        slug: z.string().max(100).meta({ description: 'What follows /problems/ in a `type`' }),
      }),
      answers: {
        200: {
          description: 'The problem',
          schema: z.object({ type: z.string(), title: z.string(), status: z.int() }),
        },
      },
      problems: ['validation', 'not-found'],
      handle({ params: { slug } }) {
        const known = Object.entries(problems).find(([name]) => name === slug)?.[1];
        if (known === undefined) throw new HttpProblem('not-found', 'There is no such problem');
        return { body: { type: `/problems/${slug}`, ...known } };
      },
    }),
  ];
}

/** Makes a value when it is first asked for. */
function once<Value extends object | string>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
