import { type Event, StateProjection, type TaskState, type TaskStatus } from '@org/events';

/** A task in figures. */
export interface TaskStatistics {
  readonly status: TaskStatus;
  readonly modules: number;
  readonly modulesPassed: number;
  readonly iterations: number;
  /** 0: no code yet. */
  readonly codeVersion: number;
  readonly events: number;
}

/** Counts what a task did so far, from its events in sequence order. */
export function taskStatistics(events: readonly Event[]): TaskStatistics {
  return figuresOf(events.reduce(StateProjection.evolve, StateProjection.initialState), events);
}

/** The same from a state that is known already. */
export function figuresOf(state: TaskState, events: readonly Event[]): TaskStatistics {
  const modules = Object.values(state.modules);
  return {
    status: state.status,
    modules: modules.length,
    modulesPassed: modules.filter(({ status }) => status === 'passed').length,
    iterations: modules.reduce((sum, { iterations }) => sum + iterations, 0),
    codeVersion: state.codeVersion,
    events: events.length,
  };
}

/** The figures in one line. */
export function statisticsLine(statistics: TaskStatistics): string {
  const { status, modules, modulesPassed, iterations, codeVersion, events } = statistics;
  const code = codeVersion === 0 ? 'none yet' : `v${codeVersion}`;
  return `Status: ${status} · Modules: ${modulesPassed} of ${modules} done · Iterations: ${iterations} · Code version: ${code} · Events: ${events}`;
}
