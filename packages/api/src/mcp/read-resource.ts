import { taskNotFound } from '../api-errors.ts';
import type { Services } from '../http/services.ts';
import { detail, encodeStoredEvent, taskDetail } from '../wire/index.ts';
import type { TaskResource } from './resource-uris.ts';

export interface ResourceText {
  readonly mimeType: string;
  readonly text: string;
}

const newestEvents = 200;

/** Reads what a `task://` address names. @throws TASK_NOT_FOUND, FILE_NOT_FOUND */
export async function readResource(
  resource: TaskResource,
  { store, states, tasks }: Services,
): Promise<ResourceText> {
  const { taskId } = resource;
  if (resource.kind === 'file') {
    const { content } = await tasks.readFile(taskId, resource.path);
    return { mimeType: 'text/plain', text: content };
  }
  const state = await states.get(taskId);
  if (state === undefined) throw taskNotFound(taskId);
  if (resource.kind === 'task') return json(taskDetail.encode(detail(taskId, state)));
  if (resource.kind === 'plan') {
    const { plan, questions } = taskDetailParts(state);
    return json({ task_id: taskId, plan, questions });
  }
  const events = [];
  const query = { taskId, direction: 'backward' as const, limit: newestEvents };
  for await (const event of store.read(query)) events.unshift(encodeStoredEvent(event));
  return json({ task_id: taskId, events });
}

function taskDetailParts(state: NonNullable<Awaited<ReturnType<Services['states']['get']>>>) {
  return {
    plan: state.plan.map(({ name, purpose, dependsOn }) => ({
      name,
      purpose,
      depends_on: dependsOn,
    })),
    questions: state.questions.map(({ questionId, text }) => ({ question_id: questionId, text })),
  };
}

function json(value: unknown): ResourceText {
  return { mimeType: 'application/json', text: JSON.stringify(value) };
}
