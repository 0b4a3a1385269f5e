import { z } from 'zod';
import { wireForm } from './wire-form.ts';

const count = z.int().min(0);
const clock = z.record(z.string(), count);

/** `POST /tasks`. */
export const startedTask = wireForm(
  z
    .object({
      taskId: z.string(),
      status: z.literal('created'),
      version: count,
      createdAt: z.iso.datetime(),
      websocketUrl: z.string().meta({ examples: ['ws://localhost:9876/ws/task-7f3a'] }),
    })
    .meta({ id: 'StartedTask' }),
);

/** `POST /tasks/:id/cancel`. */
export const endedTask = wireForm(
  z
    .object({
      taskId: z.string(),
      status: z.enum(['completed', 'failed', 'cancelled']),
      version: count,
    })
    .meta({ id: 'EndedTask' }),
);

/** `POST /tasks/:id/interventions`. */
export const recordedIntervention = wireForm(
  z
    .object({ taskId: z.string(), version: count, eventId: z.string() })
    .meta({ id: 'RecordedIntervention' }),
);

/** `POST /tasks/:id/bug-reports`, accepted. */
export const acceptedBugReport = wireForm(
  z
    .object({ taskId: z.string(), accepted: z.literal(true), version: count, eventId: z.string() })
    .meta({ id: 'AcceptedBugReport' }),
);

const fileShape = { path: z.string(), hash: z.string(), bytes: count, codeVersion: count };

/** `GET /tasks/:id/files`. */
export const taskFiles = wireForm(
  z.object({ taskId: z.string(), items: z.array(z.object(fileShape)) }).meta({ id: 'TaskFiles' }),
);

/** `GET /tasks/:id/files/*path`. */
export const taskFile = wireForm(
  z.object({ ...fileShape, taskId: z.string(), content: z.string() }).meta({ id: 'TaskFile' }),
);

/** `GET /tasks/:id/graph`. */
export const taskGraph = wireForm(
  z
    .object({
      taskId: z.string(),
      sequence: count,
      nodes: z.array(
        z.object({
          id: z.string(),
          type: z.string(),
          summary: z.string(),
          fullContentRef: z.string().nullable(),
          placeholder: z.boolean(),
          vectorClock: clock,
          metadata: z.record(z.string(), z.unknown()),
        }),
      ),
      edges: z.array(z.object({ source: z.string(), target: z.string(), type: z.string() })),
    })
    .meta({ id: 'TaskGraph' }),
);

/** `GET /tasks/:id/context/:call`. */
export const contextExplanation = wireForm(
  z
    .object({
      callId: z.string(),
      model: z.string(),
      signature: z.string(),
      messages: z.array(z.object({ role: z.string(), content: z.string() })),
      builderVersion: z.string(),
      asOfSequence: count,
      hash: z.string(),
      verified: z.boolean().meta({ description: 'The prompt rebuilt from the log has this hash' }),
      tokens: z.object({
        estimated: count,
        prompt: count.nullable(),
        completion: count.nullable(),
        window: count,
      }),
      compressionRatio: z.number(),
      included: z.array(z.object({ ref: z.string(), layer: z.string(), tokens: count })),
      dropped: z.array(z.object({ ref: z.string(), reason: z.string() })),
      truncated: z.array(z.string()),
    })
    .meta({ id: 'ContextExplanation' }),
);

const healthStatus = z.enum(['ok', 'degraded', 'failed']);

/** `GET /health`. */
export const health = wireForm(
  z
    .object({
      status: healthStatus,
      checks: z.array(z.object({ name: z.string(), status: healthStatus, detail: z.string() })),
    })
    .meta({ id: 'Health' }),
);
