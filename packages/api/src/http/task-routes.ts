import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { taskNotFound } from '../api-errors.ts';
import type { LagLimits } from '../feed/follower.ts';
import { readEventPage } from '../reads/event-page.ts';
import type { Services } from '../services.ts';
import {
  detail,
  eventPageSchema,
  limitParameter,
  pageOf,
  sequenceParameter,
  startedTask,
  startTask,
  statusParameter,
  taskDetail,
  taskSummary,
  untilParameter,
} from '../wire/index.ts';
import { isFresh, versionTag } from './etag.ts';
import { streamEvents } from './event-stream.ts';
import { HttpProblem, invalidField } from './http-problem.ts';
import { defineRoute, type Route } from './route.ts';
import { taskParams } from './task-params.ts';

/** Aborts when the client has gone before it was answered. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableEnded) gone.abort(new Error('The client has gone'));
  });
  return gone.signal;
}

function idempotencyKey(request: IncomingMessage): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalidField('Idempotency-Key', 'must be 1–255 visible ASCII characters');
}

/** Where the task can be followed, under the host that the client has just spoken to. */
function websocketUrl(request: IncomingMessage, taskId: string): string {
  const scheme = 'encrypted' in request.socket ? 'wss' : 'ws';
  return `${scheme}://${request.headers.host}/ws/${encodeURIComponent(taskId)}`;
}

export function taskRoutes(
  services: Services,
  lag: LagLimits & { readonly onLag?: () => void } = {},
): readonly Route[] {
  const { store, states, index, feed, taskManager } = services;
  return [
    defineRoute({
      method: 'post',
      path: '/tasks',
      tag: 'Tasks',
      summary: 'Start a coding task; answered at once, not after the work',
      requestHeaders: z.object({
        'idempotency-key': z.string().optional().meta({
          description: 'Repeated with the same body: the first answer again',
        }),
      }),
      body: startTask,
      answers: { 200: { description: 'It is stored', schema: startedTask.schema } },
      problems: [
        'validation',
        'malformed-json',
        'task-exists',
        'too-large',
        'request-timeout',
        'unsupported-media-type',
        'idempotency-mismatch',
        'no-room',
      ],
      async handle({ body, request, response }) {
        const key = idempotencyKey(request);
        const bodyHash = () => createHash('sha256').update(JSON.stringify(body)).digest('hex');
        const started = await taskManager.startTask(
          { ...body, idempotency: key === null ? null : { key, bodyHash: bodyHash() } },
          { signal: goneSignal(response) },
        );
        const { taskId, version, createdAt, deduplicated } = started;
        const answer = {
          taskId,
          status: 'created' as const,
          version,
          createdAt,
          websocketUrl: websocketUrl(request, taskId),
        };
        return {
          body: startedTask.encode(answer),
          headers: {
            location: `/tasks/${encodeURIComponent(taskId)}`,
            ...(deduplicated && { 'idempotent-replayed': 'true' }),
          },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/tasks',
      tag: 'Tasks',
      summary: 'All tasks, newest first',
      query: z.object({
        status: statusParameter,
        after: sequenceParameter.optional().meta({ description: 'The page before’s next_after' }),
        limit: limitParameter.optional().meta({ description: 'Of tasks; without it 50' }),
      }),
      answers: {
        200: { description: 'One page', schema: pageOf(taskSummary.schema, 'TaskPage') },
      },
      problems: ['validation'],
      async handle({ query: { status, after, limit } }) {
        const page = await index.list({
          ...(status && { status }),
          ...(after !== undefined && { after }),
          ...(limit !== undefined && { limit }),
        });
        return {
          body: {
            items: page.items.map(taskSummary.encode),
            next_after: page.nextAfter,
            has_more: page.nextAfter !== null,
          },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/tasks/:task_id',
      tag: 'Tasks',
      summary: 'A task as it stands; its ETag is the version',
      params: taskParams,
      requestHeaders: z.object({
        'if-none-match': z.string().optional().meta({ description: 'The ETag that you have' }),
      }),
      answers: {
        200: { description: 'The task', schema: taskDetail.schema },
        304: { description: 'You have this version' },
      },
      problems: ['validation', 'task-not-found'],
      async handle({ params: { task_id: taskId }, request }) {
        const tag = request.headers['if-none-match'];
        if (tag !== undefined) {
          const head = await store.taskHead(taskId);
          if (head && isFresh(tag, head.version)) {
            return { status: 304, headers: revalidated(head.version) };
          }
        }
        const state = await states.get(taskId);
        if (state === undefined) throw taskNotFound(taskId);
        return {
          body: taskDetail.encode(detail(taskId, state)),
          headers: revalidated(state.version),
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/tasks/:task_id/events',
      tag: 'Tasks',
      summary: 'What happened; as text/event-stream it goes on live',
      params: taskParams,
      query: z.object({
        after_sequence: sequenceParameter.optional().meta({
          description: 'Only what is behind it, e.g. the page before’s next_after',
        }),
        limit: limitParameter.optional().meta({
          description: 'Of events, fewer where they are large; without it 100; for pages',
        }),
        event_types: z.string().max(1_000).optional().meta({
          description: 'Some only, by comma; for pages',
        }),
      }),
      requestHeaders: z.object({
        'last-event-id': z.string().optional().meta({ description: 'Resumes an event stream' }),
      }),
      answers: {
        200: {
          description: 'One page; or, as an event stream, each event as it comes',
          schema: eventPageSchema,
          otherType: 'text/event-stream',
        },
      },
      problems: ['validation', 'task-not-found'],
      async handle({ params: { task_id: taskId }, query, request, response }) {
        const after = query.after_sequence ?? 0;
        if (request.headers.accept?.includes('text/event-stream')) {
          for (const field of ['limit', 'event_types'] as const)
            if (query[field] !== undefined)
              throw invalidField(field, 'is for pages; an event stream has them all');
          if ((await store.taskHead(taskId)) === undefined) throw taskNotFound(taskId);
          const resumed = lastEventId(request) ?? after;
          const { isWaiting, onError, now } = services;
          const following = { ...lag, store, feed, isWaiting, onError, now, taskId };
          streamEvents(request, response, { ...following, after: resumed });
          return undefined;
        }
        const eventTypes = query.event_types?.split(',').filter((type) => type !== '');
        const { limit = 100 } = query;
        return { body: await readEventPage(store, { taskId, after, limit, eventTypes }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/tasks/:task_id/state',
      tag: 'Tasks',
      summary: 'The task as it stood at a moment',
      params: taskParams,
      query: z.object({ until: untilParameter }),
      answers: { 200: { description: 'The task then', schema: taskDetail.schema } },
      problems: ['validation', 'task-not-found'],
      async handle({ params: { task_id: taskId }, query: { until } }) {
        const state =
          until === undefined ? await states.get(taskId) : await states.getUntil(taskId, until);
        if (state !== undefined) return { body: taskDetail.encode(detail(taskId, state)) };
        if (until === undefined || (await store.taskHead(taskId)) === undefined) {
          throw taskNotFound(taskId);
        }
        throw new HttpProblem('task-not-found', `The task was not there yet at ${until}`);
      },
    }),
  ];
}

function revalidated(version: number) {
  return { etag: versionTag(version), 'cache-control': 'no-cache, private' };
}

/** The sequence that a reconnecting event stream has last seen. */
function lastEventId({ headers }: IncomingMessage): number | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
}
