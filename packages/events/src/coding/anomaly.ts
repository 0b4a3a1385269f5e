import type { AnyEvent } from '../event.ts';
import type { Anomaly, TaskState } from './task-state.ts';

/** So many are kept in full; more of them would say no more and make each fold dearer. */
const anomaliesKept = 100;

/** Records what should not be in the log. */
export function withAnomaly(
  state: TaskState,
  event: AnyEvent,
  { kind, message }: Pick<Anomaly, 'kind' | 'message'>,
): TaskState {
  const anomalyCount = state.anomalyCount + 1;
  if (state.anomalies.length >= anomaliesKept) return { ...state, anomalyCount };
  const anomaly = { sequence: event.sequence, kind, message };
  return { ...state, anomalyCount, anomalies: [...state.anomalies, anomaly] };
}
