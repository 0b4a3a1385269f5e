/**
 * One cycle for each group of nodes that reach each other (strongly connected components: Tarjan 1972),
 * as a path whose last node leads back to its first. Starts at the smallest id; sorted.
 *
 * Iterative: deep graphs do not overflow the stack.
 */
export function findCycles(
  ids: readonly string[],
  successors: (id: string) => readonly string[],
): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  for (const component of components(ids, successors)) {
    const members = new Set(component);
    const first = component.toSorted()[0];
    if (first === undefined) continue;
    if (component.length > 1 || successors(first).includes(first))
      cycles.push(shortestCycle(first, members, successors));
  }
  return cycles.toSorted((a, b) => compare(a.join('\n'), b.join('\n')));
}

/** The shortest way from `start` back to itself inside its component. */
function shortestCycle(
  start: string,
  members: ReadonlySet<string>,
  successors: (id: string) => readonly string[],
): readonly string[] {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const id of queue) {
    for (const next of successors(id).toSorted()) {
      if (next === start) return pathTo(id, cameFrom);
      if (!members.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, id);
      queue.push(next);
    }
  }
  return [start];
}

function pathTo(id: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const path = [id];
  for (let at = cameFrom.get(id); at !== undefined; at = cameFrom.get(at)) path.push(at);
  return path.reverse();
}

interface Visit {
  readonly id: string;
  readonly successors: readonly string[];
  next: number;
}

function components(
  ids: readonly string[],
  successors: (id: string) => readonly string[],
): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const found: (readonly string[])[] = [];
  const work: Visit[] = [];

  function enter(id: string): void {
    order.set(id, order.size);
    low.set(id, order.size - 1);
    stack.push(id);
    onStack.add(id);
    work.push({ id, successors: successors(id), next: 0 });
  }

  function lower(id: string, to: number | undefined): void {
    low.set(id, Math.min(low.get(id) ?? 0, to ?? 0));
  }

  for (const root of ids) {
    if (!order.has(root)) enter(root);
    for (let visit = work.at(-1); visit !== undefined; visit = work.at(-1)) {
      const next = visit.successors[visit.next++];
      if (next === undefined) {
        work.pop();
        const parent = work.at(-1);
        if (parent !== undefined) lower(parent.id, low.get(visit.id));
        if (low.get(visit.id) === order.get(visit.id)) found.push(popUntil(visit.id));
      } else if (!order.has(next)) enter(next);
      else if (onStack.has(next)) lower(visit.id, order.get(next));
    }
  }
  return found;

  function popUntil(id: string): readonly string[] {
    const component = stack.splice(stack.lastIndexOf(id));
    for (const member of component) onStack.delete(member);
    return component;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
