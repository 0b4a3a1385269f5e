import { z } from 'zod';
import type { Services } from '../services.ts';
import {
  contextExplanation,
  sequenceParameter,
  taskFile,
  taskFiles,
  taskGraph,
  untilParameter,
} from '../wire/index.ts';
import { defineRoute, type Route } from './route.ts';
import { taskParams } from './task-params.ts';

const atVersion = z.object({
  version: sequenceParameter.optional().meta({
    description: 'A code version; without it the newest',
    override: { type: 'integer', minimum: 0 },
  }),
});

/** What came of a task: its code, its graph, and what the models were shown. */
export function workRoutes({ tasks }: Services): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/tasks/:task_id/files',
      tag: 'Work',
      summary: 'The source files of a code version',
      params: taskParams,
      query: atVersion,
      answers: { 200: { description: 'The files, without content', schema: taskFiles.schema } },
      problems: ['validation', 'task-not-found', 'file-not-found'],
      async handle({ params: { task_id: taskId }, query: { version } }) {
        const items = await tasks.files(taskId, version === undefined ? {} : { version });
        return { body: taskFiles.encode({ taskId, items }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/tasks/:task_id/files/*path',
      tag: 'Work',
      summary: 'One source file with its content',
      params: taskParams.extend({
        path: z
          .array(z.string())
          .transform((parts) => parts.join('/'))
          .meta({ description: 'As the list of files has it', override: { type: 'string' } }),
      }),
      query: atVersion,
      answers: { 200: { description: 'The file', schema: taskFile.schema } },
      problems: ['validation', 'task-not-found', 'file-not-found'],
      async handle({ params: { task_id: taskId, path }, query: { version } }) {
        const file = await tasks.readFile(taskId, path, version === undefined ? {} : { version });
        return { body: taskFile.encode({ ...file, taskId }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/tasks/:task_id/graph',
      tag: 'Work',
      summary: 'The graph of what is known of the task',
      params: taskParams,
      query: z.object({ until: untilParameter }),
      answers: { 200: { description: 'Nodes and edges', schema: taskGraph.schema } },
      problems: ['validation', 'task-not-found'],
      async handle({ params: { task_id: taskId }, query: { until } }) {
        const graph = await tasks.graph(taskId, until === undefined ? {} : { until });
        return { body: taskGraph.encode(graph) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/tasks/:task_id/context/:call',
      tag: 'Work',
      summary: 'The exact context of a model call: what was in it, what was left out, and why',
      params: taskParams.extend({
        call: z.string().min(1).max(300).meta({
          description: 'The call’s id, as it stands in the events’ data.calls',
        }),
      }),
      answers: { 200: { description: 'The context', schema: contextExplanation.schema } },
      problems: ['validation', 'task-not-found', 'call-not-found'],
      async handle({ params: { task_id: taskId, call } }) {
        const explanation = await tasks.explainContext(taskId, call);
        return { body: contextExplanation.encode(explanation) };
      },
    }),
  ];
}
