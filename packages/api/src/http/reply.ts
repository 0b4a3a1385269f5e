import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Problem, problems } from '../wire/index.ts';
import { discardRest } from './discard-rest.ts';
import type { HttpProblem } from './http-problem.ts';

/** On every answer: nothing is framed, sniffed, embedded elsewhere or told to other sites. */
export const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

type Headers = Readonly<Record<string, string>>;

/** Writes a whole answer in one go; does nothing once headers are out or the client is gone. */
export function reply(
  response: ServerResponse,
  status: number,
  content: { readonly type: string; readonly text: string | Buffer },
  headers: Headers = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...securityHeaders,
    'cache-control': 'no-store',
    'content-type': content.type,
    'content-length': Buffer.byteLength(content.text),
    ...headers,
  });
  response.end(content.text);
}

export function replyJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers?: Headers,
): void {
  const content = { type: 'application/json; charset=utf-8', text: JSON.stringify(body) };
  reply(response, status, content, headers);
}

/** An answer without a body: 204, 304. */
export function replyEmpty(response: ServerResponse, status: number, headers: Headers = {}): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...securityHeaders, 'cache-control': 'no-store', ...headers });
  response.end();
}

/** Problem details, RFC 9457. What is left of an unread body is thrown away. */
export function replyProblem(
  request: IncomingMessage,
  response: ServerResponse,
  problem: HttpProblem,
): void {
  const text = JSON.stringify(problemBody(problem, request.url ?? null));
  const isWaitedFor = problem.slug !== 'request-timeout';
  reply(
    response,
    problems[problem.slug].status,
    { type: 'application/problem+json; charset=utf-8', text },
    { ...problem.headers, ...(!isWaitedFor && { connection: 'close' }) },
  );
  if (isWaitedFor) discardRest(request);
}

export function problemBody(problem: HttpProblem, instance: string | null): Problem {
  const { status, title } = problems[problem.slug];
  const type = `/problems/${problem.slug}`;
  return { type, title, status, detail: problem.message, instance, ...problem.extras };
}
