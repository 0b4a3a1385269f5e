import { CircularDependencyError } from '../errors/refusals.ts';
import type { ScheduledTask } from '../task/scheduled-task.ts';

/** Tasks that wait for others, by the ids they wait for. */
export class Dependencies {
  readonly #dependents = new Map<string, Set<ScheduledTask>>();
  /** The ids that each of them still waits for. */
  readonly #missing = new Map<ScheduledTask, Set<string>>();

  get size(): number {
    return this.#missing.size;
  }

  get blocked(): Iterable<ScheduledTask> {
    return this.#missing.keys();
  }

  /** Ids that tasks wait for. */
  get awaited(): Iterable<string> {
    return this.#dependents.keys();
  }

  /**
   * Refuses a task that would wait for itself. Only a task that others already wait for can close a
   * circle, so this looks further only then.
   * @throws CircularDependencyError with the path
   */
  refuseCycle(
    id: string,
    dependsOn: readonly string[],
    find: (id: string) => ScheduledTask | undefined,
  ): void {
    if (!this.#dependents.has(id) && !dependsOn.includes(id)) return;
    const cameFrom = new Map<string, string>();
    const toVisit = dependsOn.map((dependency) => [dependency, id] as const);
    for (let step = toVisit.pop(); step !== undefined; step = toVisit.pop()) {
      const [at, from] = step;
      if (at === id) throw new CircularDependencyError(pathTo(from, id, cameFrom));
      if (cameFrom.has(at)) continue;
      cameFrom.set(at, from);
      const task = find(at);
      if (task === undefined) continue;
      for (const next of this.#missing.get(task) ?? []) toVisit.push([next, at]);
    }
  }

  /** Holds a task until all of `missing` have completed. */
  block(task: ScheduledTask, missing: Set<string>): void {
    this.#missing.set(task, missing);
    for (const id of missing) {
      const dependents = this.#dependents.get(id);
      if (dependents === undefined) this.#dependents.set(id, new Set([task]));
      else dependents.add(task);
    }
  }

  /** Drops a task that waits no more. */
  unblock(task: ScheduledTask): void {
    const missing = this.#missing.get(task);
    if (missing === undefined) return;
    this.#missing.delete(task);
    for (const id of missing) {
      const dependents = this.#dependents.get(id);
      dependents?.delete(task);
      if (dependents?.size === 0) this.#dependents.delete(id);
    }
  }

  /** The tasks that wait for this id, in the order they came. */
  of(id: string): readonly ScheduledTask[] {
    return [...(this.#dependents.get(id) ?? [])];
  }

  /** This id has completed. Gives the tasks that wait for nothing any more. */
  complete(id: string): readonly ScheduledTask[] {
    if (!this.#dependents.has(id)) return [];
    const released: ScheduledTask[] = [];
    for (const task of this.of(id)) {
      const missing = this.#missing.get(task);
      missing?.delete(id);
      if (missing?.size !== 0) continue;
      this.unblock(task);
      released.push(task);
    }
    this.#dependents.delete(id);
    return released;
  }
}

function pathTo(last: string, id: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [id];
  for (let at: string | undefined = last; at !== undefined && at !== id; at = cameFrom.get(at)) {
    path.unshift(at);
  }
  return [id, ...path];
}
