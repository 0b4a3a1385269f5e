import { cutAt } from '../../graph/code/source-text.ts';
import { writeCode } from '../nodes/code-nodes.ts';
import { changeRef } from '../nodes/storage-ref.ts';
import { touchNode } from '../nodes/touched-node.ts';
import { changedLines } from './changed-lines.ts';
import type { FoldingOf } from './folded-task.ts';
import { touchModule } from './touched-subject.ts';

/** Characters of all changes of one correction that are kept. */
const changeLength = 6_000;

export function foldModuleStarted(folding: FoldingOf<'MODULE_STARTED'>): void {
  const { module, purpose, dependsOn } = folding.event.data;
  touchModule(folding, module, {
    status: 'running',
    ...(purpose === '' ? {} : { purpose }),
    ...(dependsOn.length === 0 ? {} : { plannedOn: dependsOn }),
  });
  folding.unlinked.add(module);
}

export function foldIteration(folding: FoldingOf<'MODULE_ITERATION'>): void {
  const { module, iteration, strategy } = folding.event.data;
  touchModule(folding, module, { iterations: iteration, strategy });
}

/** CODE_GENERATED: the module's files; another file than the module's own is a module inside it. */
export function foldCode(folding: FoldingOf<'CODE_GENERATED'>): void {
  const { cache, map, event, unlinked } = folding;
  const { module, files } = event.data;
  touchModule(folding, module, { status: 'testing' });
  for (const { path, content } of files) {
    noteChange(folding, { module, path, content });
    writeCode(cache, map, { event, file: { path, content, version: event.codeVersion } });
    unlinked.add(path);
    if (
      path !== module &&
      module !== '' &&
      cache.sources(`module:${path}`, 'contains').length === 0
    )
      cache.addEdge(`module:${module}`, `module:${path}`, 'contains');
  }
}

export function foldModuleComplete(folding: FoldingOf<'MODULE_COMPLETE'>): void {
  const { module, outcome, iterations, reason, summary } = folding.event.data;
  touchModule(folding, module, {
    status: outcome,
    iterations,
    ...(reason === null ? {} : { reason }),
    ...(summary === null || summary === '' ? {} : { prose: summary }),
  });
}

export function foldDeadCode(folding: FoldingOf<'DEAD_CODE_ANALYSIS'>): void {
  const { findings } = folding.event.data;
  for (const module of new Set(findings.map((finding) => finding.module))) {
    const names = findings.filter((finding) => finding.module === module).map(({ name }) => name);
    touchModule(folding, module, { deadCode: names });
  }
}

/** What a correction changes is told by it: its whole content is the lines that go and come, file by file. */
function noteChange(
  { cache, event }: FoldingOf<'CODE_GENERATED'>,
  file: { readonly module: string; readonly path: string; readonly content: string },
): void {
  const open = cache.peek(`module:${file.module}`)?.metadata.openCorrection;
  const before = cache.body(`module:${file.path}`) ?? '';
  const concept = typeof open === 'string' ? cache.peek(open) : undefined;
  const change = changedLines(before, file.content);
  if (concept === undefined || change === '') return;
  const ref = changeRef({ taskId: event.taskId, name: concept.name });
  const former = cache.content(ref);
  const told = `${former === null ? '' : `${former}\n`}${file.path}\n${change}`;
  cache.setContent(ref, cutAt(told, changeLength));
  touchNode(cache, event, { id: concept.id, type: 'concept', fullContentRef: ref });
}
