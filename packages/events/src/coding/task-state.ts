import type { EventData, GivenFile, Language, PlannedModule, SourceFile } from './coding-events.ts';

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
  readonly prompt: string;
  readonly answers: readonly string[];
  readonly priority: EventData<'TASK_CREATED'>['priority'];
  readonly language: Language | null;
  readonly files: readonly GivenFile[];
  readonly plan: readonly PlannedModule[];
  readonly questions: readonly { readonly questionId: string; readonly text: string }[];
  readonly codeVersion: number;
  readonly codeHash: string | null;
  /** Of the newest event folded. */
  readonly version: number;
  readonly sequence: number;
  readonly modules: Readonly<Record<string, ModuleState>>;
  readonly openBugReports: readonly OpenBugReport[];
  readonly interventions: readonly Intervention[];
  readonly staleEvents: number;
  readonly anomalies: readonly Anomaly[];
  readonly tokens: { readonly prompt: number; readonly completion: number; readonly calls: number };
  readonly result: EventData<'TASK_COMPLETE'> | null;
  readonly error: { readonly reason: string; readonly message: string } | null;
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}
