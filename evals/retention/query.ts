import type { Commit, GitRepository } from './git-repository.ts';
import { isSource } from './source-file.ts';
import { type HistoryStep, readHistory, readStep, type TaskHistory } from './task-history.ts';

/** A question with a known answer: what does the next step need, given the history and where it starts? */
export interface Query {
  readonly repository: string;
  /** What is to be done, in words: the subject of the commit that did it. */
  readonly subject: string;
  /** The module it starts in, whose text everyone has for free. */
  readonly module: string;
  readonly history: TaskHistory;
  /** What was done: the future. Only facts are made of it. */
  readonly next: HistoryStep;
}

/** Commits that tell nothing of a task. */
const chores =
  /^(chore|docs?|ci|build|style|release|bump|merge|revert|v?\d+\.\d)|^(up|fmt|lint|typo)\b/i;

/**
 * Queries from a repository's history, every beginning of them spread evenly over it: commits that change 2 to 12 source files, with at
 * least `window` commits before them. The module is the one that gets the most new lines.
 */
export async function* queriesOf(
  repository: GitRepository,
  options: { readonly name: string; readonly window: number },
): AsyncGenerator<Query> {
  const commits = await repository.commits();
  const { window } = options;
  const candidates: number[] = [];
  for (let i = 0; i + window + 1 < commits.length; i++) {
    const [commit, parent] = [commits[i], commits[i + 1]];
    if (commit === undefined || parent === undefined || chores.test(commit.subject)) continue;
    const changed = (await repository.changes(parent.hash, commit.hash)).filter(({ path }) =>
      isSource(path),
    );
    const modified = changed.filter(({ before, after }) => before !== null && after !== null);
    if (changed.length <= 12 && modified.length >= 2) candidates.push(i);
  }
  for (const i of spread(candidates)) {
    const query = await queryAt(repository, commits, i, options);
    if (query !== null) yield query;
  }
}

async function queryAt(
  repository: GitRepository,
  commits: readonly Commit[],
  index: number,
  options: { readonly name: string; readonly window: number },
): Promise<Query | null> {
  const base = commits[index + options.window + 1];
  const parent = commits[index + 1];
  const commit = commits[index];
  if (base === undefined || parent === undefined || commit === undefined) return null;
  const past = commits.slice(index + 1, index + options.window + 1).toReversed();
  const history = await readHistory(repository, { base: base.hash, commits: past });
  const next = await readStep(repository, parent.hash, commit);
  const [main] = next.files
    .filter(({ path, before, after }) => isSource(path) && before !== '' && after !== '')
    .map((file) => ({ path: file.path, added: addedLines(file.before, file.after).length }))
    .sort((a, b) => b.added - a.added || (a.path < b.path ? -1 : 1));
  if (main === undefined || !history.files.has(main.path)) return null;
  return {
    repository: options.name,
    subject: commit.subject,
    module: main.path,
    history,
    next,
  };
}

/** Lines of `after` that `before` has not, or has fewer times. */
export function addedLines(before: string, after: string): readonly string[] {
  const left = new Map<string, number>();
  for (const line of before.split('\n')) left.set(line, (left.get(line) ?? 0) + 1);
  return after.split('\n').filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

/** All of them, in an order whose every beginning is spread evenly over the whole (van der Corput). */
function spread(indices: readonly number[]): readonly number[] {
  const bits = Math.ceil(Math.log2(Math.max(2, indices.length)));
  return Array.from({ length: 2 ** bits }, (_, i) => {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) reversed |= 1 << (bits - 1 - bit);
    return reversed;
  }).flatMap((i) => indices[i] ?? []);
}
