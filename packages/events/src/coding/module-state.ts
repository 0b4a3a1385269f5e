import type { PlannedModule } from './coding-events.ts';
import type { ModuleState, TaskState } from './task-state.ts';

/** A module's state; undefined: never heard of. Own entries only, so a module named `constructor` is one. */
export function moduleOf(state: TaskState, name: string): ModuleState | undefined {
  return Object.hasOwn(state.modules, name) ? state.modules[name] : undefined;
}

/** Changes one module; an unknown one is made, since its plan may be missing from the log. */
export function withModule(
  state: TaskState,
  name: string,
  change: (module: ModuleState) => ModuleState,
): TaskState {
  const module = moduleOf(state, name) ?? plannedModuleState({ name, purpose: '', dependsOn: [] });
  return { ...state, modules: { ...state.modules, [name]: change(module) } };
}

export function plannedModuleState({ name, purpose, dependsOn }: PlannedModule): ModuleState {
  return {
    name,
    purpose,
    dependsOn,
    status: 'planned',
    iterations: 0,
    codeVersion: 0,
    codeHash: null,
    codeClock: {},
    files: [],
    lastTest: null,
    correction: null,
  };
}
