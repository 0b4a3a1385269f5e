import { firstLine } from '../../graph/code/source-text.ts';
import { withoutComments } from '../../graph/code/without-comments.ts';
import { excerptOf } from '../../graph/retrieval/excerpt.ts';
import { focusWords } from '../../graph/retrieval/focus-words.ts';
import { withoutReferences } from '../../summary/without-references.ts';
import { fenced } from './code-fence.ts';
import { moduleLevel } from './levels.ts';
import { moduleState, type TaskView } from './task-view.ts';

const usesPrefix = 'uses ';

/** The form of a module that shows the lines of its code which name what another module declares. */
export function usesForm(module: string): string {
  return `${usesPrefix}${module}`;
}

/** A module at one level of detail; null when the view has nothing of that name and form. */
export function modulePiece(view: TaskView, name: string, form: string): string | null {
  if (form === 'level') return moduleLevel(view, name);
  if (form === 'body' || form === 'code') return moduleCode(view, name, form);
  if (form === 'interface') return moduleInterface(view, name);
  if (form.startsWith(usesPrefix)) return moduleUses(view, name, form.slice(usesPrefix.length));
  return null;
}

function moduleCode(view: TaskView, name: string, form: 'body' | 'code'): string | null {
  const state = moduleState(view, name);
  if (state === undefined || state.files.length === 0) return null;
  const files = state.files.map(({ path, content }) => {
    const shown = form === 'code' ? withoutComments(content) : content;
    return `${path}\n${fenced(shown, path)}`;
  });
  const comments = form === 'code' ? ', comments left out' : '';
  return `### Code of ${name} at v${state.codeVersion}${comments}\n${files.join('\n')}`;
}

function moduleUses({ graph }: TaskView, name: string, used: string): string | null {
  const declared = graph
    .targets(`module:${used}`, 'contains')
    .flatMap((id) => graph.peek(id) ?? []);
  const body = graph.body(`module:${name}`);
  const excerpt = body === null ? null : excerptOf(withoutComments(body), focusWords(declared, ''));
  return excerpt === null ? null : `### Where ${name} uses ${used}\n${fenced(excerpt, name)}`;
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

function line(contentRef: string | null): number {
  return Number(/#L(\d+)/.exec(contentRef ?? '')?.[1] ?? 0);
}
