import type { TaskView } from './task-view.ts';

/** A file of a task that is not a module's code: a test, or what the caller brought along. */
export interface TaskFile {
  readonly path: string;
  readonly content: string;
  readonly kind: 'given test' | 'generated test' | 'given source' | 'reference';
  /** The module whose tests it was run for; null where that is not known. */
  readonly module: string | null;
}

const givenKinds = { test: 'given test', source: 'given source', reference: 'reference' } as const;

const gathered = new WeakMap<TaskView, ReadonlyMap<string, TaskFile>>();

/** The task's files by path, each as it last stood, in the order of their arrival. */
export function taskFiles(view: TaskView): ReadonlyMap<string, TaskFile> {
  const known = gathered.get(view) ?? gatherFiles(view);
  gathered.set(view, known);
  return known;
}

function gatherFiles(view: TaskView): ReadonlyMap<string, TaskFile> {
  const files = new Map<string, TaskFile>();
  for (const { path, content, kind } of view.state.files)
    files.set(path, { path, content, kind: givenKinds[kind], module: null });
  for (const event of view.events) {
    if (event.eventType !== 'TEST_STARTED') continue;
    for (const { path, content, origin } of event.data.tests) {
      const known = files.get(path);
      const text = content ?? known?.content;
      if (text === undefined) continue;
      const kind = origin === 'given' ? 'given test' : 'generated test';
      files.set(path, { path, content: text, kind, module: event.data.module });
    }
  }
  return files;
}

/** The test files that judge a module; all given ones while none is known to be its own. */
export function testsOf(view: TaskView, module: string | null): readonly TaskFile[] {
  const tests = [...taskFiles(view).values()].filter(({ kind }) => kind.endsWith('test'));
  if (module === null) return tests;
  const run = tests.filter((file) => file.module === module);
  if (run.length > 0) return run;
  const unclaimed = tests.filter((file) => file.module === null);
  const stem = stemOf(module);
  const naming = unclaimed.filter(
    ({ path, content }) =>
      path.includes(stem) || new RegExp(`\\b${escaped(stem)}\\b`).test(content),
  );
  return naming.length > 0 ? naming : unclaimed;
}

/** `src/validators.py` → `validators`. */
export function stemOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
