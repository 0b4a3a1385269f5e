import type { VectorClock } from '../vector-clock.ts';
import type { EventData, GivenFile, Language, PlannedModule, SourceFile } from './coding-events.ts';
import { type EventIds, noEventIds } from './event-ids.ts';

/** Where a coding task stands. */
export type TaskStatus =
  | 'created'
  | 'planning'
  | 'running'
  | 'paused'
  | 'waiting'
  | 'completed'
  | 'failed'
  | 'cancelled';

export type ModuleStatus = 'planned' | 'running' | 'testing' | 'correcting' | 'passed' | 'failed';

export interface ModuleState {
  readonly name: string;
  readonly purpose: string;
  readonly dependsOn: readonly string[];
  readonly status: ModuleStatus;
  readonly iterations: number;
  /** The latest version of this module's own code; 0: none yet. */
  readonly codeVersion: number;
  readonly codeHash: string | null;
  /** Clock of the event that brought that version. */
  readonly codeClock: VectorClock;
  /** The module's files as of that version. */
  readonly files: readonly SourceFile[];
  readonly lastTest: {
    readonly codeVersion: number;
    readonly passed: number;
    readonly failed: number;
    readonly total: number;
    /** Names of the tests that did not pass. */
    readonly failing: readonly string[];
    readonly signature: string | null;
  } | null;
  /** The correction under way. */
  readonly correction: {
    readonly reason: EventData<'CORRECTION_STARTED'>['reason'];
    readonly fromVersion: number;
    /** Of its CORRECTION_STARTED. */
    readonly sequence: number;
  } | null;
}

export interface OpenBugReport {
  readonly eventId: string;
  readonly sequence: number;
  readonly module: string | null;
  readonly description: string;
}

export interface Intervention {
  readonly eventId: string;
  readonly sequence: number;
  readonly kind: EventData<'USER_INTERVENTION'>['kind'];
  readonly text: string | null;
  readonly questionId: string | null;
}

/** Something in the log that should not be there; recorded, never a crash. */
export interface Anomaly {
  readonly sequence: number;
  readonly kind:
    | 'unknown-type'
    | 'invalid-payload'
    | 'correction-without-start'
    | 'broken-causation'
    | 'after-the-end';
  readonly message: string;
}

/** A coding task as its events tell it. */
export interface TaskState {
  readonly taskId: string | null;
  readonly status: TaskStatus;
  /** What `paused` goes back to; null unless paused. */
  readonly pausedFrom: Exclude<TaskStatus, 'paused'> | null;
  /** A user asked for the end; the status follows with TASK_CANCELLED. */
  readonly cancelRequested: boolean;
  readonly prompt: string;
  readonly answers: readonly string[];
  readonly priority: EventData<'TASK_CREATED'>['priority'];
  readonly language: Language | null;
  readonly files: readonly GivenFile[];
  readonly limits: EventData<'TASK_CREATED'>['limits'];
  readonly plan: readonly PlannedModule[];
  readonly questions: readonly { readonly questionId: string; readonly text: string }[];
  /** The latest version of the task's code, with its hash and the clock of the event that brought it. */
  readonly codeVersion: number;
  readonly codeHash: string | null;
  readonly codeClock: VectorClock;
  /** Of the newest event folded. */
  readonly version: number;
  readonly sequence: number;
  readonly modules: Readonly<Record<string, ModuleState>>;
  readonly openBugReports: readonly OpenBugReport[];
  /** The newest 1 000; how many there were in all stands beside. */
  readonly interventions: readonly Intervention[];
  readonly interventionCount: number;
  /** Events that spoke of code older than what stood; they changed nothing else but the position. */
  readonly staleEvents: number;
  /** The first 100; how many there were in all stands beside. */
  readonly anomalies: readonly Anomaly[];
  readonly anomalyCount: number;
  readonly deadCode: EventData<'DEAD_CODE_ANALYSIS'> | null;
  readonly tokens: { readonly prompt: number; readonly completion: number; readonly calls: number };
  readonly result: EventData<'TASK_COMPLETE'> | null;
  readonly error: { readonly reason: string; readonly message: string } | null;
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Ids of the events folded, by which a broken causation chain is seen. */
  readonly eventIds: EventIds;
}

/** A task of which nothing is known yet. */
export const initialTaskState: TaskState = {
  taskId: null,
  status: 'created',
  pausedFrom: null,
  cancelRequested: false,
  prompt: '',
  answers: [],
  priority: null,
  language: null,
  files: [],
  limits: null,
  plan: [],
  questions: [],
  codeVersion: 0,
  codeHash: null,
  codeClock: {},
  version: 0,
  sequence: 0,
  modules: {},
  openBugReports: [],
  interventions: [],
  interventionCount: 0,
  staleEvents: 0,
  anomalies: [],
  anomalyCount: 0,
  deadCode: null,
  tokens: { prompt: 0, completion: 0, calls: 0 },
  result: null,
  error: null,
  createdAt: null,
  startedAt: null,
  endedAt: null,
  eventIds: noEventIds,
};
