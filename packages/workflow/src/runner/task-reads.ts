import { type ContextManager, EventSourcedCache } from '@org/context';
import type { Event, EventStore, ModelCall } from '@org/events';
import { codeOf, WorkflowError } from '../errors.ts';
import type { CodeSnapshot } from '../state/code-snapshot.ts';
import { fold } from '../state/evolve.ts';
import type { TaskLog } from './task-log.ts';

/** A source file without its content. */
export interface TaskFile {
  readonly path: string;
  /** SHA-256 (hex) of its bytes. */
  readonly hash: string;
  readonly bytes: number;
  /** The code version that last changed it. */
  readonly codeVersion: number;
}

/** A task's source files as of a code version (default: the newest), sorted by path. */
export function filesAt(log: TaskLog, version: number | undefined): readonly TaskFile[] {
  return Object.values(snapshotOf(log, version))
    .map(({ path, hash, content, codeVersion }) => ({
      path,
      hash,
      bytes: Buffer.byteLength(content),
      codeVersion,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One of them with its content. @throws WorkflowError `FILE_NOT_FOUND` */
export function fileAt(
  log: TaskLog,
  wanted: { readonly path: string; readonly version: number | undefined },
): TaskFile & { readonly content: string } {
  const snapshot = snapshotOf(log, wanted.version);
  const file = Object.hasOwn(snapshot, wanted.path) ? snapshot[wanted.path] : undefined;
  if (file === undefined)
    throw new WorkflowError(
      'FILE_NOT_FOUND',
      `Task ${log.taskId} has no file ${wanted.path} at that version.`,
    );
  const { path, hash, content, codeVersion } = file;
  return { path, hash, bytes: Buffer.byteLength(content), codeVersion, content };
}

/** A task's cache graph as of a moment, folded from its log. */
export async function graphAt(
  log: TaskLog,
  options: { readonly store: EventStore<Event>; readonly until?: number | string },
) {
  const { store, ...moment } = options;
  const cache = await new EventSourcedCache({ store }).rebuildCache(log.taskId, moment);
  const { sequence, nodes, edges } = cache.export();
  return {
    taskId: log.taskId,
    sequence,
    nodes: nodes.map((node) => ({ ...node, placeholder: cache.isPlaceholder(node.id) })),
    edges: edges.map(({ source, target, kind }) => ({ source, target, type: kind })),
  };
}

/**
 * The exact prompt of a recorded model call. Where it cannot be written again, `messages` is empty and
 * `verified` false; the record of what was in it stands all the same.
 *
 * @throws WorkflowError `CALL_NOT_FOUND`
 */
export async function explainCall(
  log: TaskLog,
  options: { readonly callId: string; readonly contexts: ContextManager },
) {
  const { callId, contexts } = options;
  const call = log.events.flatMap(callsOf).find((recorded) => recorded.callId === callId);
  if (call === undefined)
    throw new WorkflowError('CALL_NOT_FOUND', `Task ${log.taskId} has no model call ${callId}.`);
  const rebuilt = await contexts
    .rebuild({ taskId: log.taskId, events: log.events, call })
    .catch((error: unknown) => {
      if (codeOf(error) === 'PROMPT_MISMATCH' || codeOf(error) === 'NOT_REBUILDABLE') return null;
      throw error;
    });
  const { prompt } = call;
  return {
    callId,
    model: call.model,
    signature: call.signature,
    messages: rebuilt?.messages ?? [],
    builderVersion: prompt.builderVersion,
    asOfSequence: prompt.asOfSequence,
    hash: prompt.hash,
    verified: rebuilt !== null && rebuilt.promptHash === prompt.hash,
    tokens: call.tokens,
    compressionRatio: prompt.compressionRatio,
    included: prompt.included.map(({ ref, layer, tokens }) => ({ ref, layer, tokens })),
    dropped: prompt.dropped,
    truncated: prompt.truncated,
  };
}

function snapshotOf(log: TaskLog, version: number | undefined): CodeSnapshot {
  const { snapshot, task } = log.state;
  if (version === undefined || version === task.codeVersion) return snapshot;
  if (!Number.isSafeInteger(version) || version < 0 || version > task.codeVersion)
    throw new WorkflowError('FILE_NOT_FOUND', `Task ${log.taskId} has no code version ${version}.`);
  const until = log.events.filter(
    (event) => event.eventType !== 'CODE_GENERATED' || event.codeVersion <= version,
  );
  return fold(until).snapshot;
}

function callsOf(event: Event): readonly ModelCall[] {
  return 'calls' in event.data ? event.data.calls : [];
}
