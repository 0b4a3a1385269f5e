import { z } from 'zod';
import { invalidField } from '../http/http-problem.ts';
import {
  bugReport,
  cancelTask,
  contextExplanation,
  endedTask,
  intervention,
  missingInIntervention,
  recordedIntervention,
  taskFile,
} from '../wire/index.ts';
import { defineTool, type McpTool } from './tool.ts';
import { objectSchema, taskIdInput } from './tool-schemas.ts';

const changes = { readOnlyHint: false, destructiveHint: false, openWorldHint: false } as const;
const reads = { readOnlyHint: true, idempotentHint: true, openWorldHint: false } as const;

const target = {
  task_id: taskIdInput,
  if_version: z
    .int()
    .min(0)
    .optional()
    .describe('Only if the task is at this version, as get_task_status told it'),
};

const bound = (version: number | undefined) =>
  version === undefined ? {} : { ifVersion: version };

const getTaskCode = defineTool({
  name: 'get_task_code',
  title: 'Get a task’s code',
  description: 'The source files with their content, of the newest code version or of a given one.',
  input: z.object({
    task_id: taskIdInput,
    path: z.string().min(1).optional().describe('One file only'),
    version: z.int().min(0).optional().describe('A code version'),
  }),
  output: z.object({ task_id: z.string(), files: z.array(taskFile.schema) }),
  annotations: reads,
  async handle({ task_id, path, version }, { services: { tasks } }) {
    const options = version === undefined ? {} : { version };
    const paths =
      path === undefined ? (await tasks.files(task_id, options)).map((file) => file.path) : [path];
    const files = await Promise.all(
      paths.map(async (name) => {
        const file = await tasks.readFile(task_id, name, options);
        return taskFile.encode({ ...file, taskId: task_id });
      }),
    );
    return { task_id, files };
  },
});

const sendIntervention = defineTool({
  name: 'send_intervention',
  title: 'Intervene in a task',
  description:
    'guidance: a hint for the next step (text); answer: to a question (text, question_id); plan: a new plan (plan); pause; resume. For tasks that have not ended; report_bug reopens a completed one.',
  input: objectSchema(intervention.schema).extend(target),
  output: recordedIntervention.schema,
  annotations: changes,
  async handle({ task_id, if_version, ...given }, { services: { tasks } }) {
    const parsed = intervention.decode(intervention.schema.parse(given));
    const missing = missingInIntervention(parsed);
    if (missing) throw invalidField(missing.field, missing.message);
    const { version, eventId } = await tasks.intervene(task_id, parsed, bound(if_version));
    return recordedIntervention.encode({ taskId: task_id, version, eventId });
  },
});

const reportBug = defineTool({
  name: 'report_bug',
  title: 'Report a bug',
  description:
    'Reports a bug of a task’s code; say the code_version it was found in. A report of code that is no more is stored and not accepted.',
  input: objectSchema(bugReport.schema).extend(target),
  output: z.object({
    task_id: z.string(),
    accepted: z.boolean(),
    version: z.int(),
    event_id: z.string(),
    reason: z.string().nullable(),
    superseded_by: z.int().nullable(),
  }),
  annotations: changes,
  async handle({ task_id, if_version, ...given }, { services: { tasks } }) {
    const report = bugReport.decode(bugReport.schema.parse(given));
    const outcome = await tasks.reportBug(task_id, report, bound(if_version));
    return {
      task_id,
      accepted: outcome.accepted,
      version: outcome.version,
      event_id: outcome.eventId,
      reason: outcome.accepted ? null : outcome.reason,
      superseded_by: outcome.accepted ? null : outcome.supersededBy,
    };
  },
});

const cancel = defineTool({
  name: 'cancel_task',
  title: 'Cancel a task',
  description: 'Ends a task as cancelled and answers when it has ended; harmless on an ended one.',
  input: objectSchema(cancelTask.schema).extend(target),
  output: endedTask.schema,
  annotations: { ...changes, destructiveHint: true, idempotentHint: true },
  async handle({ task_id, if_version, reason }, { services: { taskManager } }) {
    const options = { reason, ...bound(if_version) };
    const { status, version } = await taskManager.cancelTask(task_id, options);
    return endedTask.encode({ taskId: task_id, status, version });
  },
});

const explainContext = defineTool({
  name: 'explain_context',
  title: 'Explain a model call’s context',
  description:
    'The exact context that a model call was given, with what was left out and why. Call ids stand in the events’ data.calls.',
  input: z.object({ task_id: taskIdInput, call_id: z.string().min(1).max(300) }),
  output: contextExplanation.schema,
  annotations: reads,
  async handle({ task_id, call_id }, { services: { tasks } }) {
    return contextExplanation.encode(await tasks.explainContext(task_id, call_id));
  },
});

/** Tools that read a task's work and change its course. */
export const workTools: readonly McpTool[] = [
  getTaskCode,
  sendIntervention,
  reportBug,
  cancel,
  explainContext,
];
