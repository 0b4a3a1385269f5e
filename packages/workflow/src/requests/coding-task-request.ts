import type { EventData, GivenFile, Language, PlannedModule, VectorClock } from '@org/events';

export type PriorityName = NonNullable<EventData<'TASK_CREATED'>['priority']>;

/** What a user asks for. */
export interface CodingTaskRequest {
  readonly prompt: string;
  /** Answers to questions that may come up. @default [] */
  readonly answers?: readonly string[];
  /** For all ordinary steps. @default by the kind of each step */
  readonly priority?: PriorityName | null;
  /** @default as the files or the prompt show */
  readonly language?: Language | null;
  /** Tests that judge, code to build upon, and reading matter. @default [] */
  readonly files?: readonly GivenFile[];
  /** @default made by `generateId` */
  readonly taskId?: string | null;
  /** A key that a repeated request carries, and the hash of what it asks for. */
  readonly idempotency?: { readonly key: string; readonly bodyHash: string } | null;
}

export interface StartedTask {
  readonly taskId: string;
  readonly version: number;
  readonly createdAt: string;
  /** The same key had started it before. */
  readonly deduplicated: boolean;
}

export interface InterventionRequest {
  readonly kind: 'guidance' | 'answer' | 'plan' | 'pause' | 'resume';
  readonly text: string | null;
  readonly questionId: string | null;
  readonly plan: readonly PlannedModule[] | null;
}

export interface BugReportRequest {
  readonly description: string;
  readonly module: string | null;
  readonly codeVersion: number | null;
  readonly codeHash: string | null;
  readonly vectorClock: VectorClock | null;
}

export type BugReportOutcome =
  | { readonly accepted: true; readonly version: number; readonly eventId: string }
  | {
      readonly accepted: false;
      readonly version: number;
      readonly eventId: string;
      readonly reason: string;
      readonly supersededBy: number;
    };

export interface ChangeOptions {
  /** The task's version that the caller has seen; another one is the store's VersionConflictError. */
  readonly ifVersion?: number;
  readonly signal?: AbortSignal;
}
