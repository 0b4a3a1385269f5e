import type { Event } from '@org/events';
import { eventLine } from '../summary/event-line.ts';
import { fenceFor } from '../summary/event-text.ts';
import { withoutReferences } from '../summary/without-references.ts';
import { failureText } from './failure-text.ts';
import { functionLevel, moduleLevel, taskLevel } from './levels.ts';
import { referenceLabel, references } from './reference.ts';
import { taskFiles } from './task-file.ts';
import { eventOfVersion, failures, moduleState, runOf, type TaskView } from './task-view.ts';

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
  if (kind === 'module' && form === 'level') return moduleLevel(view, name);
  if (kind === 'module' && form === 'body') return moduleCode(view, name);
  if (kind === 'module' && form === 'interface') return moduleInterface(view, name);
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

function moduleCode(view: TaskView, name: string): string | null {
  const state = moduleState(view, name);
  if (state === undefined || state.files.length === 0) return null;
  const files = state.files.map(({ path, content }) => `${path}\n${fenced(content, path)}`);
  return `### Code of ${name} at v${state.codeVersion}\n${files.join('\n')}`;
}

function moduleInterface(view: TaskView, name: string): string | null {
  const { graph } = view;
  const signatures = graph
    .targets(`module:${name}`, 'contains')
    .flatMap((id) => graph.getNode(id) ?? [])
    .sort((a, b) => line(a.fullContentRef) - line(b.fullContentRef))
    .flatMap(({ signature, summary }) =>
      signature === null
        ? []
        : [summary === '' ? signature : `${signature}\n  # ${firstLine(summary)}`],
    );
  if (signatures.length === 0) return null;
  const purpose = withoutReferences(firstLine(moduleState(view, name)?.purpose ?? ''));
  return `### What ${name} offers${purpose === '' ? '' : `: ${purpose}`}\n${fenced(signatures.join('\n'), name)}`;
}

function nodePiece(view: TaskView, id: string, form: string): string | null {
  const node = view.graph.getNode(id);
  if (node === undefined) return null;
  const body = form === 'body' ? view.graph.body(id) : null;
  if (form === 'body')
    return body === null
      ? null
      : `### ${node.name} [ID: ${id}]\n${fenced(body, holderOf(view, id))}`;
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

const languages: Readonly<Record<string, string>> = {
  ts: 'ts',
  tsx: 'tsx',
  js: 'js',
  mjs: 'js',
  cjs: 'js',
  py: 'python',
  json: 'json',
  md: 'markdown',
};

function fenced(text: string, path: string): string {
  const fence = fenceFor(text, '`');
  const extension = path.slice(path.lastIndexOf('.') + 1);
  const language = Object.hasOwn(languages, extension) ? languages[extension] : '';
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

function line(contentRef: string | null): number {
  return Number(/#L(\d+)/.exec(contentRef ?? '')?.[1] ?? 0);
}

function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0]?.trim() ?? '';
}
