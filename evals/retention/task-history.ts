import type { Event } from '@org/events';
import type { Commit, GitRepository } from './git-repository.ts';
import { isSource, isTest, isWritten } from './source-file.ts';

/** What a commit does to one file. */
export interface FileStep {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** One commit of the history as a step of the task. */
export interface HistoryStep {
  readonly commit: Commit;
  readonly files: readonly FileStep[];
  readonly diff: string;
}

/**
 * The history before the next step, as a coding task would have it: every file as it stood some commits
 * ago, then each commit as a correction. Nothing of the next commit is in it.
 */
export interface TaskHistory {
  readonly baseFiles: ReadonlyMap<string, string>;
  readonly steps: readonly HistoryStep[];
  /** Every source and test file as it stands before the next step. */
  readonly files: ReadonlyMap<string, string>;
}

export async function readHistory(
  repository: GitRepository,
  window: { readonly base: string; readonly commits: readonly Commit[] },
): Promise<TaskHistory> {
  const listed = (await repository.files(window.base)).filter(({ path }) => isKept(path));
  const blobs = await repository.blobs(listed.map(({ blob }) => blob));
  const baseFiles = new Map(
    listed
      .map(({ path, blob }) => [path, blobs.get(blob) ?? ''] as const)
      .filter(([, content]) => isWritten(content)),
  );
  const files = new Map(baseFiles);
  const steps: HistoryStep[] = [];
  let parent = window.base;
  for (const commit of window.commits) {
    const step = await readStep(repository, parent, commit);
    for (const { path, after } of step.files) {
      if (after === '') files.delete(path);
      else files.set(path, after);
    }
    steps.push(step);
    parent = commit.hash;
  }
  return { baseFiles, steps, files };
}

/** What a commit changes, source and test files only. */
export async function readStep(
  repository: GitRepository,
  parent: string,
  commit: Commit,
): Promise<HistoryStep> {
  const changes = (await repository.changes(parent, commit.hash)).filter(({ path }) =>
    isKept(path),
  );
  const blobs = await repository.blobs(
    changes.flatMap(({ before, after }) => [before, after].filter((id) => id !== null)),
  );
  const files = changes
    .map(({ path, before, after }) => ({
      path,
      before: before === null ? '' : (blobs.get(before) ?? ''),
      after: after === null ? '' : (blobs.get(after) ?? ''),
    }))
    .filter(({ before, after }) => isWritten(before) && isWritten(after));
  const paths = files.map(({ path }) => path);
  return { commit, files, diff: await repository.diff(parent, commit.hash, paths) };
}

/** The history as events of the coding catalogue; no model took part in them. */
export function eventsOf(history: TaskHistory, taskId: string): readonly Event[] {
  const events: Event[] = [];
  let codeVersion = 0;

  function add(eventType: Event['eventType'], data: unknown, causationId: string | null = null) {
    const sequence = events.length + 1;
    const event = {
      eventId: `${taskId}-${sequence}`,
      eventType,
      taskId,
      timestamp: new Date(sequence * 1_000).toISOString(),
      sequence,
      version: sequence,
      codeVersion,
      codeHash: null,
      vectorClock: { main: sequence },
      causationId,
      correlationId: null,
      schemaVersion: 1,
      data,
    };
    // Each payload below is that of its type.
    events.push(event as unknown as Event);
    return event.eventId;
  }

  function addFile(path: string, content: string, cause: string | null): void {
    codeVersion++;
    if (isTest(path)) {
      const tests = [{ path, hash: '', origin: 'rewritten', content }];
      const sandbox = { kind: 'none', node: '', networkBlocked: true };
      add('TEST_STARTED', { module: '', tests, expected: [], sandbox, calls: [] }, cause);
      return;
    }
    if (cause !== null)
      add('CORRECTION_STARTED', { module: path, fromVersion: 0, reason: 'guidance' }, cause);
    const files = [{ path, content, hash: '' }];
    add('CODE_GENERATED', { module: path, iteration: 1, files, calls: [] }, cause);
    if (cause !== null) add('CORRECTION_COMPLETED', { module: path, fromVersion: 0 }, cause);
  }

  add('TASK_CREATED', { prompt: '', answers: [], priority: null, language: null, files: [] });
  for (const [path, content] of history.baseFiles) addFile(path, content, null);
  for (const { commit, files } of history.steps) {
    const text = [commit.subject, commit.body].filter((part) => part !== '').join('\n');
    const cause = add('USER_INTERVENTION', {
      kind: 'guidance',
      text,
      questionId: null,
      plan: null,
    });
    for (const { path, after } of files) addFile(path, after, cause);
  }
  return events;
}

function isKept(path: string): boolean {
  return isSource(path) || isTest(path);
}
