import type { StandInFault } from '../script.ts';

/** When a fault strikes. */
export interface FaultTarget {
  /** How often; then it is gone. @default 1 */
  readonly times?: number | undefined;
  /** Only requests to this path. @default '/api/chat' */
  readonly path?: string | undefined;
  readonly model?: string | undefined;
}

/** Faults that were ordered, and those that rules carry. */
export interface FaultPlan {
  order(fault: StandInFault, target?: FaultTarget): void;
  /** The fault that strikes this request, counted as used. */
  take(request: {
    readonly path: string;
    readonly model: string;
    readonly ofRule?: StandInFault | undefined;
  }): StandInFault | undefined;
}

export function createFaultPlan(): FaultPlan {
  const ordered: { fault: StandInFault; path: string; model: string | undefined; left: number }[] =
    [];
  const used = new Map<StandInFault, number>();
  return {
    order(fault, { times = 1, path = '/api/chat', model } = {}) {
      ordered.push({ fault, path, model, left: times });
    },
    take({ path, model, ofRule }) {
      const next = ordered.find(
        (entry) => entry.left > 0 && entry.path === path && (entry.model ?? model) === model,
      );
      if (next) {
        next.left -= 1;
        return next.fault;
      }
      if (ofRule === undefined) return undefined;
      const times = used.get(ofRule) ?? 0;
      if (times >= (ofRule.times ?? Number.POSITIVE_INFINITY)) return undefined;
      used.set(ofRule, times + 1);
      return ofRule;
    },
  };
}
