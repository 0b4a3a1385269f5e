import type { PlannedModule } from './coding-events.ts';
import { moduleOf, plannedModuleState } from './module-state.ts';
import type { ModuleState, TaskState } from './task-state.ts';

/**
 * Replaces the plan for the modules that are not finished.
 *
 * Finished ones stay, ahead of the others when the new plan leaves them out; those under way that
 * it names keep their code and iterations; the rest are dropped.
 */
export function withPlan(state: TaskState, modules: readonly PlannedModule[]): TaskState {
  const named = new Set(modules.map((module) => module.name));
  const kept = Object.values(state.modules).filter(
    (module) => isFinished(module) && !named.has(module.name),
  );
  return {
    ...state,
    plan: [...kept.map(asPlanned), ...modules],
    modules: Object.fromEntries([
      ...kept.map((module) => [module.name, module] as const),
      ...modules.map((planned) => [planned.name, replanned(state, planned)] as const),
    ]),
  };
}

function isFinished(module: ModuleState): boolean {
  return module.status === 'passed' || module.status === 'failed';
}

function asPlanned({ name, purpose, dependsOn }: ModuleState): PlannedModule {
  // A plan's entries are written once and replaced whole, never changed.
  return { name, purpose, dependsOn: [...dependsOn] };
}

function replanned(state: TaskState, planned: PlannedModule): ModuleState {
  const known = moduleOf(state, planned.name);
  if (known === undefined) return plannedModuleState(planned);
  return { ...known, purpose: planned.purpose, dependsOn: planned.dependsOn };
}
