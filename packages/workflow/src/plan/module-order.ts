import type { PlannedModule } from '@org/events';

/** Modules so that each comes after those it depends on; the given order decides between equals. */
export function inDependencyOrder(modules: readonly PlannedModule[]): readonly PlannedModule[] {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const placed = new Set<string>();
  const ordered: PlannedModule[] = [];
  const place = (module: PlannedModule): void => {
    if (placed.has(module.name)) return;
    placed.add(module.name);
    for (const name of module.dependsOn) {
      const dependency = byName.get(name);
      if (dependency !== undefined) place(dependency);
    }
    ordered.push(module);
  };
  for (const module of modules) place(module);
  return ordered;
}

/** The first circle of dependencies as a path (`['a', 'b', 'a']`), or null when there is none. */
export function dependencyCycle(modules: readonly PlannedModule[]): readonly string[] | null {
  const dependencies = new Map(modules.map((module) => [module.name, module.dependsOn]));
  const finished = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | null => {
    const seenAt = path.indexOf(name);
    if (seenAt >= 0) return [...path.slice(seenAt), name];
    if (finished.has(name)) return null;
    for (const dependency of dependencies.get(name) ?? []) {
      const cycle = visit(dependency, [...path, name]);
      if (cycle !== null) return cycle;
    }
    finished.add(name);
    return null;
  };
  for (const module of modules) {
    const cycle = visit(module.name, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
