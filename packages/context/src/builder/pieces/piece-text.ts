import type { Event } from '@org/events';
import { firstLine } from '../../graph/code/source-text.ts';
import { withoutComments } from '../../graph/code/without-comments.ts';
import { eventLine } from '../../summary/event-line.ts';
import { withoutReferences } from '../../summary/without-references.ts';
import { fenced } from './code-fence.ts';
import { failureText } from './failure-text.ts';
import { functionLevel, taskLevel } from './levels.ts';
import { modulePiece } from './module-pieces.ts';
import { referenceLabel, references } from './reference.ts';
import { taskFiles } from './task-file.ts';
import { eventOfVersion, failures, runOf, type TaskView } from './task-view.ts';

/** One piece of a prompt, by name: what it is of, and at which level of detail. */
export interface PieceName {
  readonly ref: string;
  readonly form: string;
}

/**
 * The text of a piece of the state summary; null when the view has nothing of that name.
 *
 * A pure function of the view, which is why a prompt can be written again from the names alone.
 */
export function pieceText(view: TaskView, { ref, form }: PieceName): string | null {
  const colon = ref.indexOf(':');
  const [kind, name] = [ref.slice(0, colon), ref.slice(colon + 1)];
  if (kind === 'task') return form === 'level' ? taskLevel(view) : requirements(view);
  if (kind === 'event') return eventPiece(eventOfVersion(view, Number(name)), view, form);
  if (kind === 'file') return filePiece(view, name);
  if (kind === 'trail') return trail(view, name);
  if (kind === 'results') return results(view, name);
  if (kind === 'module') return modulePiece(view, name, form);
  return nodePiece(view, ref, form);
}

function requirements({ state }: TaskView): string | null {
  if (state.prompt === '' && state.answers.length === 0) return null;
  const answers = state.answers.map((answer) => `- ${answer}`).join('\n');
  const answered = answers === '' ? '' : `\nAnswered beforehand:\n${answers}`;
  return withoutReferences(`### Requirements, in the user's words\n${state.prompt}${answered}`);
}

function eventPiece(event: Event | undefined, view: TaskView, form: string): string | null {
  if (event === undefined) return null;
  if (event.eventType === 'TEST_FAILED' && form === 'failure')
    return `### Latest failure of ${event.data.module} (#${event.version}, v${event.codeVersion})\n${failureText(event)}`;
  if (event.eventType === 'USER_INTERVENTION')
    return withoutReferences(
      `### The user said (#${event.version})\n${event.data.text ?? event.data.kind}`,
    );
  if (event.eventType === 'BUG_REPORT_RECEIVED')
    return withoutReferences(`### Bug report (#${event.version})\n${event.data.description}`);
  if (event.eventType === 'MODULE_ITERATION') {
    const run = runOf(view, event);
    if (run === null) return null;
    const came = eventLine(run);
    return `### Iteration ${event.data.iteration} of ${event.data.module} (${event.data.strategy})\n${came}`;
  }
  return eventLine(event);
}

function filePiece(view: TaskView, path: string): string | null {
  const file = taskFiles(view).get(path);
  if (file === undefined) return null;
  const judge = file.kind === 'given test' ? ', the judge: never changed' : '';
  return `### ${path} (${file.kind}${judge})\n${fenced(file.content, path)}`;
}

function trail(view: TaskView, module: string): string | null {
  const failed = failures(view, module);
  // One failure is the latest one, and stands elsewhere.
  if (failed.length < 2) return null;
  return [
    `### Every failed run of ${module}, oldest first`,
    ...failed.map((event) => `- ${eventLine(event)}`),
  ].join('\n');
}

function results(view: TaskView, module: string): string | null {
  const run = view.events.findLast(
    (event) =>
      (event.eventType === 'TEST_FAILED' || event.eventType === 'TEST_PASSED') &&
      event.data.module === module,
  );
  if (run?.eventType !== 'TEST_FAILED' && run?.eventType !== 'TEST_PASSED') return null;
  // Failing ones are told with their failure; this is to show what must go on passing.
  if (run.data.passed === 0 || run.data.results.length === 0) return null;
  const lines = run.data.results.map(
    ({ name, status }) => `${status === 'passed' ? '✓' : '✗'} ${withoutReferences(name)}`,
  );
  return [`### Tests of ${module} at v${run.codeVersion}`, ...lines].join('\n');
}

function nodePiece(view: TaskView, id: string, form: string): string | null {
  const node = view.graph.getNode(id);
  if (node === undefined) return null;
  if (form === 'body' || form === 'code') {
    const body = view.graph.body(id);
    if (body === null) return null;
    const shown = form === 'code' ? withoutComments(body) : body;
    return `### ${node.name} [ID: ${id}]\n${fenced(shown, holderOf(view, id))}`;
  }
  if (form === 'level' && (node.type === 'function' || node.signature !== null))
    return functionLevel(view, node);
  if (node.type === 'library') return libraryNote(view, id);
  const said = form === 'signature' ? (node.signature ?? '') : firstLine(node.summary);
  const { outcome } = node.metadata;
  const came = typeof outcome === 'string' ? ` → tests ${outcome}` : '';
  const told = said === '' || said === node.name ? node.name : `${node.name}: ${said}`;
  return `- ${withoutReferences(told)}${came}`;
}

/** `- [→ re], used by [← validators.py]` */
function libraryNote({ graph }: TaskView, id: string): string | null {
  const label = referenceLabel(graph, id);
  const users = graph.sources(id, 'depends_on').filter((user) => user.startsWith('module:'));
  if (label === null) return null;
  return `- [→ ${label}], used by ${references(graph, users, { arrow: '←', limit: 6 })}`;
}

function holderOf({ graph }: TaskView, id: string): string {
  return graph.sources(id, 'contains').find((holder) => holder.startsWith('module:')) ?? '';
}
