/** What a `task://` address names. */
export type TaskResource =
  | { readonly kind: 'task' | 'events' | 'plan'; readonly taskId: string }
  | { readonly kind: 'file'; readonly taskId: string; readonly path: string };

const address = /^task:\/\/([^/]+)(?:\/(events|plan)|\/files\/(.+))?$/;

export function taskUri(taskId: string): string {
  return `task://${encodeURIComponent(taskId)}`;
}

/** Reads a `task://` address; undefined: it is none. */
export function parseTaskUri(uri: string): TaskResource | undefined {
  const match = address.exec(uri);
  if (match === null) return undefined;
  try {
    const taskId = decodeURIComponent(match[1] ?? '').normalize('NFC');
    if (match[3] !== undefined) return { kind: 'file', taskId, path: decodeURIComponent(match[3]) };
    const kind = match[2] === 'events' || match[2] === 'plan' ? match[2] : 'task';
    return { kind, taskId };
  } catch {
    return undefined;
  }
}

export const resourceTemplates = [
  {
    uriTemplate: 'task://{task_id}',
    name: 'task',
    title: 'A task',
    description: 'A task as it stands',
    mimeType: 'application/json',
  },
  {
    uriTemplate: 'task://{task_id}/events',
    name: 'task-events',
    title: 'A task’s events',
    description: 'The newest 200 events, in order',
    mimeType: 'application/json',
  },
  {
    uriTemplate: 'task://{task_id}/plan',
    name: 'task-plan',
    title: 'A task’s plan',
    description: 'The modules in order, with what depends on what',
    mimeType: 'application/json',
  },
  {
    uriTemplate: 'task://{task_id}/files/{+path}',
    name: 'task-file',
    title: 'A source file',
    description: 'A file of the newest code version',
    mimeType: 'text/plain',
  },
];
