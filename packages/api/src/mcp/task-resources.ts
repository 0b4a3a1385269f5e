import type { TaskState } from '@org/events';
import { toProblem } from '../http/to-problem.ts';
import type { Services } from '../services.ts';
import { detail, encodeStoredEvent, problems, taskDetail } from '../wire/index.ts';
import { parseTaskUri, resourceTemplates, type TaskResource, taskUri } from './resource-uris.ts';
import type { McpResources, ResourceContent } from './resources.ts';

const pageSize = 50;
const newestEvents = 200;

/** Tasks, their events, plans and files as `task://` resources. */
export function taskResources(services: Services): McpResources {
  const { index, store, feed } = services;

  async function headOf(uri: string) {
    const resource = parseTaskUri(uri);
    return resource && (await store.taskHead(resource.taskId));
  }

  return {
    templates: resourceTemplates,
    async list(cursor) {
      const after = cursor === undefined ? undefined : Number(cursor);
      if (after !== undefined && !Number.isSafeInteger(after))
        throw new RangeError('Foreign cursor');
      const page = await index.list({ limit: pageSize, ...(after !== undefined && { after }) });
      return {
        resources: page.items.map(({ taskId, prompt, status }) => ({
          uri: taskUri(taskId),
          name: taskId,
          title: `${taskId} (${status})`,
          description: prompt,
          mimeType: 'application/json',
        })),
        ...(page.nextAfter !== null && { nextCursor: String(page.nextAfter) }),
      };
    },
    async read(uri) {
      const resource = parseTaskUri(uri);
      if (resource === undefined) return undefined;
      try {
        return await readTaskResource(resource, services);
      } catch (error) {
        const problem = toProblem(error);
        if (problem && problems[problem.slug].status === 404) return undefined;
        throw error;
      }
    },
    async follow(uri, onChange) {
      const head = await headOf(uri);
      return head && feed.follow(head.taskId, onChange);
    },
    async changedSince(uri, sequence) {
      const head = await headOf(uri);
      return head !== undefined && head.sequence > sequence;
    },
  };
}

async function readTaskResource(
  resource: TaskResource,
  { store, states, tasks }: Services,
): Promise<ResourceContent | undefined> {
  const { taskId } = resource;
  if (resource.kind === 'file') {
    const { content } = await tasks.readFile(taskId, resource.path);
    return { mimeType: 'text/plain', text: content };
  }
  const state = await states.get(taskId);
  if (state === undefined) return undefined;
  if (resource.kind === 'task') return json(taskDetail.encode(detail(taskId, state)));
  if (resource.kind === 'plan') return json(planOf(taskId, state));
  const events = [];
  const newest = { taskId, direction: 'backward', limit: newestEvents } as const;
  for await (const event of store.read(newest)) events.push(encodeStoredEvent(event));
  return json({ task_id: taskId, events: events.reverse() });
}

function planOf(taskId: string, { plan, questions }: TaskState) {
  return {
    task_id: taskId,
    modules: plan.map(({ name, purpose, dependsOn }) => ({ name, purpose, depends_on: dependsOn })),
    questions: questions.map(({ questionId, text }) => ({ question_id: questionId, text })),
  };
}

function json(value: unknown): ResourceContent {
  return { mimeType: 'application/json', text: JSON.stringify(value) };
}
