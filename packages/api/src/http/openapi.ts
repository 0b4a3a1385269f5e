import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { type ProblemSlug, problemSchema, problems } from '../wire/index.ts';
import { grouped } from './grouped.ts';
import type { AnswerSpec, Route } from './route.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** What every route may answer, whatever it does. */
const everywhere: readonly ProblemSlug[] = [
  'bad-request',
  'unauthorized',
  'host-not-allowed',
  'internal',
  'unavailable',
];

/** Describes routes as OpenAPI 3.1, from the schemas that serve them. */
export function openApiDocument(routes: readonly Route[], version: string): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Coding tasks',
      version,
      description:
        'Starts coding tasks, follows and steers them. WebSocket: `/ws/{task_id}?after_sequence=`; MCP: `/mcp`. Absent values are null. Errors are problem details (RFC 9457).',
    },
    security: [{}, { bearer: [] }],
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    paths,
  });
}

/** `/tasks/:task_id/files/*path` → `/tasks/{task_id}/files/{path}`. */
export function openApiPath(path: string): string {
  return path.replace(/[:*](\w+)/g, '{$1}');
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { params, query, requestHeaders, body } = route;
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.tag],
    ...((params ?? query ?? requestHeaders) && {
      requestParams: {
        ...(params && { path: params }),
        ...(query && { query }),
        ...(requestHeaders && { header: requestHeaders }),
      },
    }),
    ...(body && {
      requestBody: {
        required: body.required,
        content: { 'application/json': { schema: body.schema } },
      },
    }),
    responses: { ...answers(route.answers), ...refusals(route) },
  };
}

function operationId({ method, path }: Route): string {
  const words = path.split(/[^a-z]+/).filter((word) => word !== '' && word !== 'task_id');
  return [method, ...words].join('_');
}

function answers(specs: Readonly<Record<number, AnswerSpec>>) {
  return Object.fromEntries(
    Object.entries(specs).map(([status, spec]) => [
      status,
      { description: spec.description, ...contentOf(spec) },
    ]),
  );
}

function contentOf({ schema, type, otherType }: AnswerSpec) {
  if (schema === undefined && type === undefined) return {};
  return {
    content: {
      [type ?? 'application/json']: schema ? { schema } : {},
      ...(otherType && { [otherType]: {} }),
    },
  };
}

/** The problems of a route by status; those of one status share an answer. */
function refusals(route: Route) {
  const writes = route.method === 'post' ? (['rate-limited', 'origin-not-allowed'] as const) : [];
  const slugs = [...new Set([...route.problems, ...everywhere, ...writes])];
  const byStatus = grouped(slugs, (slug) => problems[slug].status);
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !(status in route.answers))
      .map(([status, group]) => [
        status,
        {
          description: group.map((slug) => problems[slug].title).join(', or: '),
          content: { 'application/problem+json': { schema: problemSchema } },
        },
      ]),
  );
}
