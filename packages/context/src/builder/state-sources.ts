import { createHash } from 'node:crypto';
import { withoutReferences } from '../summary/without-references.ts';
import type { Candidate } from './candidate.ts';
import { stateCandidates } from './candidates.ts';
import type { Focus } from './focus.ts';
import type { PastWorkItem } from './past-work.ts';
import { type PieceName, pieceText } from './pieces/piece-text.ts';
import type { TaskView } from './pieces/task-view.ts';

/** All that a state summary can be made of: the candidates in their order, and the text of each. */
export interface StateSources {
  readonly taskId: string;
  readonly candidates: readonly Candidate[];
  /** Null: there is no such piece. */
  readonly textOf: (name: PieceName) => string | null;
}

/** Gathers what a state summary of this focus can be made of. */
export function stateSources(
  view: TaskView,
  focus: Focus,
  pastWork: readonly PastWorkItem[] = [],
): StateSources {
  const past = new Map(pastWork.map((item) => [externalRef(item.text), item.text]));
  const textOf = textSource(view, (ref) => past.get(ref) ?? null);
  return {
    taskId: view.taskId,
    candidates: stateCandidates(view, focus, [...past.keys()]),
    textOf,
  };
}

/** The text of pieces by their names, each written once; `external` gives those that are not of the task. */
export function textSource(
  view: TaskView,
  external: (ref: string) => string | null,
): (name: PieceName) => string | null {
  const written = new Map<string, string | null>();
  return ({ ref, form }) => {
    const key = `${form} ${ref}`;
    const known = written.get(key);
    if (known !== undefined) return known;
    const text = ref.startsWith(externalPrefix)
      ? pastText(external(ref))
      : pieceText(view, { ref, form });
    written.set(key, text);
    return text;
  };
}

const externalPrefix = 'external:';

/** How a text that is not from the task's own log is called: by its SHA-256. */
export function externalRef(text: string): string {
  return `${externalPrefix}${createHash('sha256').update(text).digest('hex')}`;
}

/** The hash in an external ref; null for any other ref. */
export function externalHash(ref: string): string | null {
  return ref.startsWith(externalPrefix) ? ref.slice(externalPrefix.length) : null;
}

function pastText(text: string | null): string | null {
  return text === null ? null : `### From an earlier task\n${withoutReferences(text)}`;
}
