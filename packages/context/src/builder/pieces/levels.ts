import { estimatingCounter } from '@org/models';
import type { CacheNode } from '../../graph/nodes/cache-node.ts';
import { clipTokens } from '../../summary/clip-tokens.ts';
import { withoutReferences } from '../../summary/without-references.ts';
import { references } from './reference.ts';
import { moduleState, type TaskView } from './task-view.ts';

/** Tokens that each level of description takes at most. */
export const levelTokens = { task: 100, module: 300, function: 150 } as const;

/** Not the model's counter: a level reads the same for every model, and when it is written again. */
const estimate = estimatingCounter('other');

/** `# Task …`: status, goal, modules and success, in at most 100 tokens. */
export function taskLevel(view: TaskView): string {
  const { state, graph, taskId } = view;
  const modules = Object.keys(state.modules).map((name) => `module:${name}`);
  // A long id, such as one with a UUID, is told once.
  const name = taskId.length <= 24 ? `${taskId} ` : '';
  return shortest(levelTokens.task, (length) => {
    const goal = firstSentence(state.prompt, 40 * length);
    const shown = references(graph, modules, { limit: 2 * length });
    return lines(
      `# Task ${name}[ID: task:${taskId}]`,
      [`Status: ${state.status}`, part('Goal', goal)],
      [part('Modules', shown), part('Success', successOf(view))],
    );
  });
}

/** `## Module …`: purpose, standing, dependencies, functions and tests, in at most 300 tokens. */
export function moduleLevel(view: TaskView, name: string): string | null {
  const { graph, taskId } = view;
  const id = `module:${name}`;
  const node = graph.getNode(id);
  const state = moduleState(view, name);
  if (node === undefined && state === undefined) return null;
  const { prose } = node?.metadata ?? {};
  const written = typeof prose === 'string' ? prose : '';
  const purpose = withoutReferences(written || state?.purpose || node?.signature || '');
  const functions = graph.targets(id, 'contains');
  const tests = graph.targets(id, 'tested_by');
  const run = state?.lastTest ?? null;
  const standing = state === undefined ? '' : standingOf(state);
  return shortest(levelTokens.module, (length) =>
    lines(
      `## Module ${name} [ID: ${id}]`,
      [
        part('Purpose', firstSentence(purpose, 100 * length)),
        part(
          'Depends on',
          references(graph, graph.targets(id, 'depends_on'), { limit: 3 * length }),
        ),
        part('Functions', references(graph, functions, { limit: 4 * length })),
        part(
          'Tests',
          [references(graph, tests, { limit: length }), run && `${run.passed}/${run.total}`]
            .filter(Boolean)
            .join(' '),
        ),
        part('Status', standing),
      ],
      [part('Full code', node?.fullContentRef ?? codeRef(taskId, name, state?.codeVersion ?? 0))],
    ),
  );
}

/** `### Function …`: where it is, what goes in and out, what it needs, in at most 150 tokens. */
export function functionLevel(view: TaskView, node: CacheNode): string {
  const { graph } = view;
  const { inputs, output } = node.metadata;
  const typed = Array.isArray(inputs);
  const modules = graph.sources(node.id, 'contains').filter((id) => id.startsWith('module:'));
  const holder = references(graph, modules, { arrow: '←', limit: 1 });
  return shortest(levelTokens.function, (length) =>
    lines(
      `### ${node.type === 'function' ? 'Function' : 'Declaration'} ${node.name} [ID: ${node.id}]`,
      [
        holder === '' ? '' : `In ${holder}`,
        typed ? part('Input', inputs.map(String).join(', ') || 'none') : '',
        typed ? part('Output', typeof output === 'string' ? output : 'not declared') : '',
        typed ? '' : part('Signature', node.signature ?? ''),
        part('Depends on', references(graph, node.dependencies, { limit: 2 * length })),
        part('Tests', references(graph, graph.targets(node.id, 'tested_by'), { limit: length })),
      ],
      [firstSentence(withoutReferences(node.summary), 50 * length)],
    ),
  );
}

/** The richest of ever shorter versions that fits; the last one cut where it must be. */
function shortest(maxTokens: number, write: (length: number) => string): string {
  let text = '';
  for (const length of [5, 4, 3, 2, 1, 0.5]) {
    text = write(length);
    if (estimate.count(text) <= maxTokens) return text;
  }
  return clipTokens(text, maxTokens).replace(/\[[→←][^\]]*$/, '…');
}

function successOf({ state }: TaskView): string {
  const runs = Object.values(state.modules).flatMap(({ lastTest }) => lastTest ?? []);
  const passed = runs.reduce((sum, run) => sum + run.passed, 0);
  const total = runs.reduce((sum, run) => sum + run.total, 0);
  return total === 0 ? '' : `${Math.round((100 * passed) / total)}% (${passed}/${total})`;
}

function standingOf(state: { readonly status: string; readonly codeVersion: number }): string {
  return state.codeVersion === 0
    ? `${state.status}, no code yet`
    : `${state.status}, v${state.codeVersion}`;
}

function codeRef(taskId: string, name: string, version: number): string {
  return version === 0 ? '' : `storage://${taskId}/${name}`;
}

function lines(head: string, ...rest: readonly (readonly string[])[]): string {
  return [head, ...rest.map((parts) => parts.filter(Boolean).join(' · '))]
    .filter(Boolean)
    .join('\n');
}

function part(name: string, value: string): string {
  return value === '' ? '' : `${name}: ${value}`;
}

function firstSentence(text: string, length: number): string {
  const plain = withoutReferences(text).replaceAll(/\s+/g, ' ').trim();
  const sentence = /^.*?[.!?](?=\s|$)/.exec(plain)?.[0] ?? plain;
  return sentence.length <= length ? sentence : `${sentence.slice(0, length - 1).trimEnd()}…`;
}
