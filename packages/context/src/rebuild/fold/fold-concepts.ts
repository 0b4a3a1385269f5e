import type { JsonValue } from '@org/events';
import { cutAt } from '../../graph/code/source-text.ts';
import { jsonText } from '../nodes/json-text.ts';
import { summaryLength } from '../nodes/module-summary.ts';
import { touchNode } from '../nodes/touched-node.ts';
import type { Folding, FoldingOf } from './folded-task.ts';
import { taskNodeId, touchModule, touchTask } from './touched-subject.ts';

/** USER_INTERVENTION: what the user said; pausing and the like change the task's status only. */
export function foldIntervention(folding: FoldingOf<'USER_INTERVENTION'>): void {
  const { event } = folding;
  const { kind, text } = event.data;
  const status = Object.hasOwn(statusAfter, kind) ? statusAfter[kind] : undefined;
  touchTask(folding, status === undefined ? {} : { metadata: { status } });
  if (text === null || text.trim() === '') return;
  const id = addConcept(folding, {
    name: `${kind === 'answer' ? 'answer' : 'guidance'}-${event.version}`,
    summary: text,
    metadata: { kind: kind === 'answer' ? 'answer' : 'guidance' },
  });
  folding.cache.addEdge(taskNodeId(event), id, 'references');
}

const statusAfter: Readonly<Record<string, string>> = {
  pause: 'paused',
  resume: 'running',
  cancel: 'cancelled',
};

/** BUG_REPORT_RECEIVED: one that was refused, as it speaks of other code, leaves nothing here. */
export function foldBugReport(folding: FoldingOf<'BUG_REPORT_RECEIVED'>): void {
  const { cache, event } = folding;
  const { description, module, accepted } = event.data;
  if (!accepted) return;
  const id = addConcept(folding, {
    name: `bug-${event.version}`,
    summary: `Bug report: ${description}`,
    metadata: { kind: 'bug-report', module },
  });
  cache.addEdge(id, module === null ? taskNodeId(event) : `module:${module}`, 'references');
  if (module !== null) touchModule(folding, module, { status: 'correcting' });
}

/**
 * CORRECTION_STARTED: a concept that tells what was wrong and refers to what it changes. One that answers
 * a report or guidance is told by that.
 */
export function foldCorrectionStarted(folding: FoldingOf<'CORRECTION_STARTED'>): void {
  const { cache, event, conceptOf } = folding;
  const { module, reason, fromVersion } = event.data;
  if (module === '') return;
  const told = event.causationId === null ? undefined : conceptOf.get(event.causationId);
  const failure = reason === 'test-failed' ? lastFailure(folding, module) : null;
  const id =
    told ??
    addConcept(folding, {
      name: `correction-${event.version}`,
      summary: `Correction of ${module} v${fromVersion} (${reason})${failure === null ? '' : `: ${failure.message}`}`,
      metadata: {
        kind: 'correction',
        module,
        reason,
        fromVersion,
        failureSignature: failure?.signature ?? null,
        failureMessage: failure?.message ?? null,
        outcome: null,
      },
    });
  if (told !== undefined) touchNode(cache, event, { id, type: 'concept' });
  conceptOf.set(event.eventId, id);
  cache.addEdge(id, `module:${module}`, 'references');
  for (const test of failure?.tests ?? []) cache.addEdge(id, test, 'references');
  touchModule(folding, module, { status: 'correcting', openCorrection: id });
}

export function foldCorrectionCompleted(folding: FoldingOf<'CORRECTION_COMPLETED'>): void {
  const { cache, event } = folding;
  const { module } = event.data;
  if (module === '') return;
  const open = cache.peek(`module:${module}`)?.metadata.openCorrection;
  if (typeof open === 'string' && cache.peek(open) !== undefined)
    touchNode(cache, event, {
      id: open,
      type: 'concept',
      metadata: { toVersion: event.codeVersion },
    });
  touchModule(folding, module, {});
}

function addConcept(
  { cache, event, conceptOf }: Folding,
  concept: {
    readonly name: string;
    readonly summary: string;
    readonly metadata: Readonly<Record<string, JsonValue>>;
  },
): string {
  const id = `concept:${concept.name}`;
  touchNode(cache, event, {
    id,
    type: 'concept',
    ...concept,
    summary: cutAt(concept.summary.trim(), summaryLength),
  });
  conceptOf.set(event.eventId, id);
  return id;
}

function lastFailure(
  { cache }: Folding,
  module: string,
): {
  readonly signature: string;
  readonly message: string;
  readonly tests: readonly string[];
} | null {
  const failure = cache.peek(`module:${module}`)?.metadata.failure;
  if (failure === null || typeof failure !== 'object' || !('signature' in failure)) return null;
  const direct = cache.targets(`module:${module}`, 'tested_by');
  const tests = [...direct, ...direct.flatMap((file) => cache.targets(file, 'contains'))].filter(
    (id) => cache.peek(id)?.metadata.status === 'failed',
  );
  return { signature: jsonText(failure.signature), message: jsonText(failure.message), tests };
}
