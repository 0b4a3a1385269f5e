import type { Services } from '../services.ts';

const mostCompletions = 100;

/** Ids of tasks that begin with what was typed, newest first; and a task's files for `path`. */
export async function complete(
  argument: { readonly name: string; readonly value: string },
  given: Readonly<Record<string, string>>,
  { index, tasks }: Services,
): Promise<{ values: string[]; total: number; hasMore: boolean }> {
  const candidates = await candidatesFor(argument.name, given, { index, tasks });
  const matching = candidates.filter((candidate) => candidate.startsWith(argument.value));
  const values = matching.slice(0, mostCompletions);
  return { values, total: matching.length, hasMore: matching.length > values.length };
}

async function candidatesFor(
  name: string,
  given: Readonly<Record<string, string>>,
  { index, tasks }: Pick<Services, 'index' | 'tasks'>,
): Promise<readonly string[]> {
  if (name === 'task_id') return index.taskIds();
  const taskId = given.task_id;
  if (name !== 'path' || taskId === undefined) return [];
  // A task that has no files, or is not there, completes to nothing.
  const files = await tasks.files(taskId).catch(() => []);
  return files.map(({ path }) => path);
}
