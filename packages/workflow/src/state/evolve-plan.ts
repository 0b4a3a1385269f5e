import type { PlannedModule } from '@org/events';
import { inDependencyOrder } from '../plan/module-order.ts';
import { type ModuleProgress, newModule, toTestAgain } from './module-progress.ts';
import { moduleNamed, type WorkflowState } from './workflow-state.ts';

/**
 * The state under a plan, the first or a changed one: work that it leaves as it was is kept; what builds
 * on something new is tested again.
 */
export function withPlan(state: WorkflowState, plan: readonly PlannedModule[]): WorkflowState {
  const ordered = inDependencyOrder(plan);
  const modules: Record<string, ModuleProgress> = {};
  for (const module of ordered) {
    const known = moduleNamed(state, module.name);
    if (known?.phase !== 'passed' || !samePlan(known.plan, module)) {
      modules[module.name] = newModule(module);
      continue;
    }
    const unchanged = module.dependsOn.every((name) => modules[name]?.phase !== 'planned');
    modules[module.name] = unchanged ? known : toTestAgain(known);
  }
  return { ...state, questions: 0, order: ordered.map((module) => module.name), modules };
}

/** Modules that had passed and depend on a changed one are tested again. */
export function withDependentsToTest(state: WorkflowState, changed: string): WorkflowState {
  const touched = new Set([changed]);
  const modules = { ...state.modules };
  for (const name of state.order ?? []) {
    const module = modules[name];
    if (module === undefined || !module.plan.dependsOn.some((d) => touched.has(d))) continue;
    touched.add(name);
    if (module.phase === 'passed') modules[name] = toTestAgain(module);
  }
  return { ...state, modules };
}

function samePlan(one: PlannedModule, other: PlannedModule): boolean {
  return (
    one.purpose === other.purpose &&
    one.dependsOn.length === other.dependsOn.length &&
    one.dependsOn.every((name) => other.dependsOn.includes(name))
  );
}
