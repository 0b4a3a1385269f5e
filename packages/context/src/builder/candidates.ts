import { codingEvents } from '@org/events';
import { isCode } from '../graph/nodes/node-text.ts';
import type { Candidate, Level, SlotName } from './candidate.ts';
import type { Focus } from './focus.ts';
import { usesForm } from './pieces/module-pieces.ts';
import { taskFiles, testsOf } from './pieces/task-file.ts';
import {
  iterations,
  latestFailure,
  moduleState,
  runOf,
  type TaskView,
} from './pieces/task-view.ts';
import { type RelatedNodeName, relatedNodes } from './related-nodes.ts';

/**
 * Everything that may go into the state summary, most important first:
 * CRITICAL (task, current module and its code, dependencies, latest error), HIGH (related functions,
 * code of dependencies, last iterations), MEDIUM (tests, related modules, libraries), LOW (past work, error trail).
 *
 * @param past Refs of what other tasks taught, best first.
 */
export function stateCandidates(
  view: TaskView,
  focus: Focus,
  past: readonly string[] = [],
): readonly Candidate[] {
  const related = relatedNodes(
    view,
    focus,
    focus.module === null ? [] : dependenciesOf(view, focus.module),
  );
  const candidates = [
    ...critical(view, focus),
    ...high(view, focus, related),
    ...medium(view, focus, related),
    ...low(focus, past),
  ];
  const seen = new Set<string>();
  return candidates.filter(({ ref, forms }) => {
    const name = `${ref} ${forms[0]}`;
    return !seen.has(name) && seen.add(name);
  });
}

const critically = piecesOf('CRITICAL');
const highly = piecesOf('HIGH');
const fairly = piecesOf('MEDIUM');
const hardly = piecesOf('LOW');

function critical(view: TaskView, focus: Focus): Candidate[] {
  const { purpose, module, currentEvent } = focus;
  const pieces = [critically(`task:${view.taskId}`, 'task', ['level'])];
  if (currentEvent?.eventType !== 'TASK_CREATED')
    pieces.push({
      ...critically(`task:${view.taskId}`, 'task', ['body']),
      cuttable: true,
      whole: wholeTask(purpose),
    });
  for (const said of view.events
    .filter(
      (event) =>
        event.eventType === 'USER_INTERVENTION' &&
        event.data.text !== null &&
        event.eventId !== currentEvent?.eventId,
    )
    .slice(-5))
    pieces.push({ ...critically(`event:${said.version}`, 'task', ['said']), cuttable: true });
  if (module === null) return pieces;
  pieces.push(critically(`module:${module}`, 'module', ['level']));
  if (!writesCodeOf(module, currentEvent)) {
    const whole = purpose === 'correction' ? 'required' : undefined;
    const code: Candidate = {
      ...critically(`module:${module}`, 'related', ['body']),
      cuttable: true,
      whole,
    };
    if (purpose !== 'tests') pieces.push(code);
  }
  for (const dependency of dependenciesOf(view, module))
    pieces.push(critically(`module:${dependency}`, 'dependencies', ['interface', 'level']));
  const failure = latestFailure(view, module);
  if (failure !== null && failure.eventId !== currentEvent?.eventId)
    pieces.push({
      ...critically(`event:${failure.version}`, 'errors', ['failure']),
      cuttable: true,
    });
  for (const report of view.state.openBugReports) {
    const event = view.events.find(({ eventId }) => eventId === report.eventId);
    if (event !== undefined && event.eventId !== currentEvent?.eventId)
      pieces.push({
        ...critically(`event:${event.version}`, 'errors', ['report']),
        cuttable: true,
      });
  }
  return pieces;
}

function high(view: TaskView, focus: Focus, related: readonly RelatedNodeName[]): Candidate[] {
  const { module, purpose } = focus;
  const pieces: Candidate[] = [];
  if (module !== null) {
    if (purpose === 'tests' && !writesCodeOf(module, focus.currentEvent))
      pieces.push({
        ...highly(`module:${module}`, 'related', ['body', 'interface']),
        cuttable: false,
      });
    const tested = iterations(view, module).filter((iteration) => {
      const run = runOf(view, iteration);
      return run !== null && run.eventId !== focus.currentEvent?.eventId;
    });
    for (const iteration of tested.slice(-2))
      pieces.push(highly(`event:${iteration.version}`, 'errors', ['iteration']));
    for (const dependency of dependenciesOf(view, module))
      pieces.push(highly(`module:${dependency}`, 'dependencies', ['body', 'code']));
  }
  for (const { ref, type } of related)
    if (type === 'function')
      pieces.push(highly(ref, 'related', ['body', 'code', 'level', 'signature']));
  return pieces;
}

function medium(view: TaskView, focus: Focus, related: readonly RelatedNodeName[]): Candidate[] {
  const { module, purpose } = focus;
  const pieces: Candidate[] = [];
  const judged = purpose === 'code' || purpose === 'correction' || purpose === 'plan';
  if (purpose !== 'tests')
    for (const { path, kind } of testsOf(view, module))
      pieces.push({
        ...fairly(`file:${path}`, 'tests', ['body']),
        cuttable: true,
        whole: judged && kind === 'given test' ? 'wanted' : undefined,
      });
  if (module !== null) pieces.push(fairly(`results:${module}`, 'tests', ['lines']));
  for (const { path, kind } of taskFiles(view).values())
    if (kind === 'given source' || kind === 'reference')
      pieces.push({ ...fairly(`file:${path}`, 'related', ['body']), cuttable: true });
  if (module !== null)
    for (const user of usersOf(view, module))
      pieces.push(fairly(`module:${user}`, 'related', [usesForm(module)]));
  const near = new Set(module === null ? [] : [module, ...dependenciesOf(view, module)]);
  for (const name of Object.keys(view.state.modules))
    if (!near.has(name)) pieces.push(fairly(`module:${name}`, 'related', ['level']));
  for (const { ref, type } of related)
    if (type !== 'function' && type !== 'module' && type !== 'task')
      pieces.push(
        fairly(ref, type === 'test' ? 'tests' : 'dependencies', ['summary', 'signature']),
      );
  return pieces;
}

function low({ module }: Focus, past: readonly string[]): Candidate[] {
  const pieces = past.map((ref) => hardly(ref, 'related', ['text']));
  if (module !== null) pieces.push(hardly(`trail:${module}`, 'errors', ['lines']));
  return pieces;
}

/** The modules that a module was planned upon, and those that its code needs. */
function dependenciesOf(view: TaskView, module: string): readonly string[] {
  const planned = moduleState(view, module)?.dependsOn ?? [];
  const used = view.graph
    .targets(`module:${module}`, 'depends_on')
    .filter((id) => id.startsWith('module:'))
    .map((id) => id.slice('module:'.length));
  return [...new Set([...planned, ...used])].filter((name) => name !== module);
}

/** The modules whose code needs a module, or something in it: what changes there is felt here. */
function usersOf({ graph }: TaskView, module: string): readonly string[] {
  const users = [`module:${module}`, ...graph.targets(`module:${module}`, 'contains')]
    .flatMap((id) => graph.sources(id, 'depends_on'))
    .flatMap((id) => graph.peek(id) ?? [])
    .flatMap((node) => (isCode(node) ? node.metadata.module : []))
    .filter((name) => typeof name === 'string' && name !== module);
  return [...new Set(users)].map(String).sort();
}

function writesCodeOf(module: string, event: Focus['currentEvent']): boolean {
  if (event?.eventType !== 'CODE_GENERATED' || event.data.module !== module) return false;
  return codingEvents.definitions.CODE_GENERATED.safeParse(event.data).success;
}

/** Planning, and writing tests from the requirements, go by every word of them. */
function wholeTask(purpose: Focus['purpose']): Candidate['whole'] {
  if (purpose === 'plan') return 'required';
  return purpose === 'tests' ? 'wanted' : undefined;
}

function piecesOf(level: Level) {
  return (ref: string, slot: SlotName, forms: readonly string[]): Candidate => ({
    ref,
    level,
    slot,
    forms,
    cuttable: false,
  });
}
