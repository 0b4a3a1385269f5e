import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiDocument, openApiPath } from '../src/http/openapi.ts';
import type { Route } from '../src/index.ts';
import { mcpTools } from '../src/mcp/index.ts';
import { problemSchema } from '../src/wire/index.ts';
import { type RunningApi, runApi } from './support/running-api.ts';
import { nearly } from './support/schema-arbitrary.ts';
import { complete, storeTask } from './support/task-events.ts';

let running: RunningApi;
let document: ReturnType<typeof openApiDocument>;
beforeAll(async () => {
  running = await runApi({ limits: { writesPerMinute: Number.POSITIVE_INFINITY } });
  document = openApiDocument(running.api.routes, '0');
  await storeTask(running.store, 'known');
  await storeTask(running.store, 'ended', [complete]);
});
afterAll(() => running[Symbol.asyncDispose]());

const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('known', 'ended', 'call-1', 'src/validators.js') },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('..', '.', '%', 'x'.repeat(400), '__proto__', '\u0000', '*'),
  },
);
const headers = fc.record(
  {
    'if-match': fc.constantFrom('*', '"4"', '"0"', 'W/"4"', 'x'),
    'if-none-match': fc.constantFrom('*', '"4"', 'W/"4"', '"x"'),
    'idempotency-key': fc.constantFrom('a', 'b', 'with blank', 'x'.repeat(300)),
  },
  { requiredKeys: [] },
);
const queryValue = fc.constantFrom(
  '',
  '0',
  '1',
  '4',
  '-1',
  'x',
  '2026-11-23',
  '2026-11-23T10:00:00Z',
  'completed',
  'CODE_GENERATED',
  '1e3',
  '9'.repeat(20),
  '\u0000',
  'ü',
);

function requestTo(route: Route) {
  const names = [...route.path.matchAll(/[:*](\w+)/g)].map(([, name]) => name ?? '');
  const query = Object.keys(route.query?.shape ?? {});
  return fc.record({
    segments: fc.tuple(...names.map(() => segment)),
    query: fc.record(Object.fromEntries(query.map((name) => [name, queryValue])), {
      requiredKeys: [],
    }),
    headers,
    body: route.body ? nearly(route.body.schema) : fc.constant(undefined),
    isEncoded: fc.boolean(),
  });
}

/** An answer is documented: its status, its type, and what its schema says of it. */
async function checkAnswer(route: Route, response: Response): Promise<void> {
  const operation = document.paths?.[openApiPath(route.path)]?.[route.method];
  const { status } = response;
  expect(Object.keys(operation?.responses ?? {})).toContain(String(status));
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const spec = route.answers[status];
  if (spec === undefined) {
    expect(type).toBe('application/problem+json; charset=utf-8');
    const problem = problemSchema.strict().parse(JSON.parse(text));
    expect([problem.status, problem.type.startsWith('/problems/')]).toEqual([status, true]);
    expect(status).not.toBe(500);
  } else if (spec.schema) {
    expect(type).toBe('application/json; charset=utf-8');
    expect(spec.schema.safeParse(JSON.parse(text)).error).toBeUndefined();
  }
}

/** What reaches other doors than the one meant: a path that is normalised away, the root. */
function isElsewhere(path: string): boolean {
  return (
    /(^|\/)(\.|\.\.|%2e|%2e%2e)(\/|$)/i.test(path) || path.includes('//') || path.endsWith('/')
  );
}

const names = [
  'post /tasks',
  'get /tasks',
  'get /tasks/:task_id',
  'get /tasks/:task_id/events',
  'get /tasks/:task_id/state',
  'post /tasks/:task_id/cancel',
  'post /tasks/:task_id/interventions',
  'post /tasks/:task_id/bug-reports',
  'get /tasks/:task_id/files',
  'get /tasks/:task_id/files/*path',
  'get /tasks/:task_id/graph',
  'get /tasks/:task_id/context/:call',
  'get /health',
  'get /livez',
  'get /readyz',
  'get /queue',
  'get /metrics',
  'get /openapi.json',
  'get /docs',
  'get /docs/style.css',
  'get /problems/:slug',
  'get /mcp',
  'post /mcp/tools/call',
];

describe('any request', () => {
  it('is listed here, whatever route there is', () => {
    expect(names).toEqual(running.api.routes.map(({ method, path }) => `${method} ${path}`));
  });

  it.each(names)('to %s is answered as documented, and never by an error of ours', async (name) => {
    const route = running.api.routes.find(({ method, path }) => `${method} ${path}` === name);
    if (route === undefined) throw new Error(`No route ${name}`);
    await fc.assert(
      fc.asyncProperty(requestTo(route), async ({ segments, query, isEncoded, ...request }) => {
        let at = 0;
        const path = route.path.replace(/[:*]\w+/g, () => {
          const text = segments[at++] ?? '';
          const isWhole = isEncoded || !/^[\w./-]+$/.test(text);
          return isWhole ? encodeURIComponent(text) : text;
        });
        if (isElsewhere(path)) return;
        const search = new URLSearchParams(
          Object.entries(query).map(([key, value]): [string, string] => [key, value ?? '']),
        ).toString();
        const url = `${path}${search ? `?${search}` : ''}`;
        const response =
          route.method === 'get'
            ? await running.get(url, request.headers)
            : await running.post(url, request.body, request.headers);
        await checkAnswer(route, response);
      }),
      { numRuns: route.body ? 60 : 40 },
    );
    expect(running.errors).toEqual([]);
  });

  it('to any tool is answered by what the tool says, or by a problem', async () => {
    const call = running.api.routes.find(({ path }) => path === '/mcp/tools/call');
    const tool = fc
      .constantFrom(...mcpTools)
      .chain((chosen) => nearly(chosen.input).map((input) => ({ chosen, input })));
    await fc.assert(
      fc.asyncProperty(tool, async ({ chosen, input }) => {
        const quick = chosen.name === 'wait_for_task' ? { timeout_seconds: 0 } : {};
        const given = typeof input === 'object' && input !== null ? { ...input, ...quick } : input;
        const body = { name: chosen.name, arguments: given };
        const response = await running.post('/mcp/tools/call', body);
        if (call) await checkAnswer(call, response);
      }),
      { numRuns: 120 },
    );
    expect(running.errors).toEqual([]);
  });
});
