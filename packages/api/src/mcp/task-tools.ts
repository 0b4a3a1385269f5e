import { z } from 'zod';
import { taskNotFound } from '../api-errors.ts';
import { readEventPage } from '../reads/event-page.ts';
import {
  detail,
  eventPageSchema,
  pageOf,
  startTask,
  taskDetail,
  taskStatusSchema,
  taskSummary,
  wireLimits,
} from '../wire/index.ts';
import { defineTool, type McpTool } from './tool.ts';
import { objectSchema, taskIdInput } from './tool-schemas.ts';
import { waitForTask } from './wait-for-task.ts';

const reads = { readOnlyHint: true, idempotentHint: true, openWorldHint: false } as const;

const startCodingTask = defineTool({
  name: 'start_coding_task',
  title: 'Start a coding task',
  description:
    'Starts a task that plans, writes and tests code. Answers at once with its id; use wait_for_task or get_task_status to see what becomes of it.',
  input: objectSchema(startTask.schema),
  output: z.object({
    task_id: z.string(),
    status: z.literal('created'),
    version: z.int(),
    created_at: z.string(),
    resource: z.string(),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  async handle(input, { services, signal }) {
    const request = startTask.decode(startTask.schema.parse(input));
    const started = await services.taskManager.startTask(
      { ...request, idempotency: null },
      { signal },
    );
    return {
      task_id: started.taskId,
      status: 'created' as const,
      version: started.version,
      created_at: started.createdAt,
      resource: `task://${encodeURIComponent(started.taskId)}`,
    };
  },
});

const getTaskStatus = defineTool({
  name: 'get_task_status',
  title: 'Get a task’s status',
  description: 'A task as it stands: status, modules, tests, open questions, error, result.',
  input: z.object({ task_id: taskIdInput }),
  output: taskDetail.schema,
  annotations: reads,
  async handle({ task_id }, { services }) {
    const state = await services.states.get(task_id);
    if (state === undefined) throw taskNotFound(task_id);
    return taskDetail.encode(detail(task_id, state));
  },
});

const listTasks = defineTool({
  name: 'list_tasks',
  title: 'List tasks',
  description: 'Tasks, newest first; give next_after back as after for the next page.',
  input: z.object({
    status: z.array(taskStatusSchema).optional(),
    after: z.int().min(0).optional(),
    limit: z.int().min(1).max(wireLimits.pageSize).default(20),
  }),
  output: pageOf(taskSummary.schema, 'TaskPage'),
  annotations: reads,
  async handle({ status, after, limit }, { services }) {
    const query = { limit, ...(status && { status }), ...(after !== undefined && { after }) };
    const page = await services.index.list(query);
    const items = page.items.map(taskSummary.encode);
    return { items, next_after: page.nextAfter, has_more: page.nextAfter !== null };
  },
});

const waitForTaskTool = defineTool({
  name: 'wait_for_task',
  title: 'Wait for a task',
  description:
    'Waits until the task has ended or asks a question, at most 20 seconds, and tells its progress meanwhile. Call it again when ended is false.',
  input: z.object({
    task_id: taskIdInput,
    timeout_seconds: z.number().min(0).max(20).default(20),
  }),
  output: z.object({ ended: z.boolean(), needs_answer: z.boolean(), task: taskDetail.schema }),
  annotations: reads,
  async handle({ task_id, timeout_seconds }, context) {
    const state = await waitForTask(task_id, timeout_seconds * 1_000, context);
    return {
      ended:
        state.status === 'completed' || state.status === 'failed' || state.status === 'cancelled',
      needs_answer: state.status === 'waiting',
      task: taskDetail.encode(detail(task_id, state)),
    };
  },
});

const getTaskEvents = defineTool({
  name: 'get_task_events',
  title: 'Get a task’s events',
  description: 'What happened, in order; give next_after back as after_sequence for the next page.',
  input: z.object({
    task_id: taskIdInput,
    after_sequence: z.int().min(0).default(0),
    limit: z.int().min(1).max(wireLimits.pageSize).default(50),
    event_types: z.array(z.string()).optional(),
  }),
  output: eventPageSchema,
  annotations: reads,
  handle: (input, { services: { store }, signal }) =>
    readEventPage(store, {
      taskId: input.task_id,
      after: input.after_sequence,
      limit: input.limit,
      eventTypes: input.event_types,
      signal,
    }),
});

/** Tools that start and read tasks. */
export const taskTools: readonly McpTool[] = [
  startCodingTask,
  getTaskStatus,
  listTasks,
  waitForTaskTool,
  getTaskEvents,
];
