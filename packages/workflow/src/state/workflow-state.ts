import { type Language, StateProjection, type TaskState } from '@org/events';
import type { Cause } from './cause.ts';
import type { CodeSnapshot } from './code-snapshot.ts';
import type { ModuleProgress } from './module-progress.ts';

/** Someone asked for something that no model call has seen yet. */
export interface PendingRequest {
  readonly cause: Cause;
  readonly module: string | null;
  readonly sequence: number;
}

/** Everything that `decide` looks at: the task's state and how far its work has come. */
export interface WorkflowState {
  readonly task: TaskState;
  readonly language: Language | null;
  /** The event that last moved the work on; what is due now is due because of it. */
  readonly cause: Cause | null;
  readonly begun: boolean;
  readonly ended: 'completed' | 'failed' | 'cancelled' | null;
  readonly paused: boolean;
  readonly cancelRequested: Cause | null;
  /** Open ones that the plan waits for. */
  readonly questions: number;
  /** In dependency order; null: not planned yet. */
  readonly order: readonly string[] | null;
  readonly modules: Readonly<Record<string, ModuleProgress>>;
  readonly snapshot: CodeSnapshot;
  readonly bugReports: readonly PendingRequest[];
  readonly guidance: readonly PendingRequest[];
  readonly analysed: boolean;
  /** Of the newest intervention; 0: none. */
  readonly intervenedAt: number;
  /** The sequence up to which a model call has seen the log. */
  readonly seenUpTo: number;
}

/** A task of which nothing is known yet. */
export const initialWorkflowState: WorkflowState = {
  task: StateProjection.initialState,
  language: null,
  cause: null,
  begun: false,
  ended: null,
  paused: false,
  cancelRequested: null,
  questions: 0,
  order: null,
  modules: {},
  snapshot: {},
  bugReports: [],
  guidance: [],
  analysed: false,
  intervenedAt: 0,
  seenUpTo: 0,
};

/** The module of this name, or undefined: a name that every object has is no module. */
export function moduleNamed(state: WorkflowState, name: string): ModuleProgress | undefined {
  return Object.hasOwn(state.modules, name) ? state.modules[name] : undefined;
}

/** The module that a request speaks of; without one, or with an unknown one: the last in dependency order. */
export function subjectOf(state: WorkflowState, request: PendingRequest): string | null {
  return request.module !== null && moduleNamed(state, request.module) !== undefined
    ? request.module
    : (state.order?.at(-1) ?? null);
}
