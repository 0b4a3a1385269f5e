import type {
  EventData,
  GivenFile,
  JsonValue,
  Language,
  PlannedModule,
  VectorClock,
} from '@org/events';

/**
 * What the API asks of the rest of the house: the only way a request changes anything.
 *
 * The implementation lives elsewhere and is passed in. It throws errors that carry a `code` of
 * `PortErrorCode`; they are recognised by that code alone, never by class.
 */
export interface CodingTasks {
  /**
   * Reserves a place and stores TASK_CREATED; resolves when that is durable, before any work.
   * Throws `TASK_EXISTS`, `IDEMPOTENCY_MISMATCH`, `NO_ROOM`, `INVALID_TASK`, `UNAVAILABLE`.
   */
  start(request: StartTaskRequest, options?: CallOptions): Promise<StartedTask>;
  /**
   * Ends a task as cancelled and resolves when it has ended; on an ended task it gives back how it
   * ended. Throws `TASK_NOT_FOUND`, `VERSION_CONFLICT`, `UNAVAILABLE`.
   */
  cancel(taskId: string, options?: CancelOptions): Promise<EndedTask>;
  /** Stores the intervention at once. Throws as `cancel`, and `TASK_ENDED`, `INVALID_INTERVENTION`. */
  intervene(
    taskId: string,
    intervention: InterventionRequest,
    options?: ChangeOptions,
  ): Promise<RecordedIntervention>;
  /** Stores the report, stale or not; a stale one is answered, not thrown. Throws as `cancel`. */
  reportBug(
    taskId: string,
    report: BugReportRequest,
    options?: ChangeOptions,
  ): Promise<BugReportOutcome>;
  /** The task's source files at a code version. @throws `TASK_NOT_FOUND`, `FILE_NOT_FOUND` (no such version) */
  files(taskId: string, options?: { readonly version?: number }): Promise<readonly TaskFile[]>;
  /** One of them, with its content. @throws `TASK_NOT_FOUND`, `FILE_NOT_FOUND` */
  readFile(
    taskId: string,
    path: string,
    options?: { readonly version?: number },
  ): Promise<TaskFile & { readonly content: string }>;
  /** The task's cache graph, as of a moment. @throws `TASK_NOT_FOUND` */
  graph(taskId: string, options?: { readonly until?: number | string }): Promise<GraphExport>;
  /** The exact prompt of a model call, rebuilt from the log. @throws `TASK_NOT_FOUND`, `CALL_NOT_FOUND` */
  explainContext(taskId: string, callId: string): Promise<ContextExplanation>;
}

export interface CallOptions {
  /** The caller is gone: give up waiting. What is stored stays. */
  readonly signal?: AbortSignal;
}

export interface ChangeOptions extends CallOptions {
  /** The task's version that the caller has seen; another one: `VERSION_CONFLICT`. */
  readonly ifVersion?: number;
}

export interface CancelOptions extends ChangeOptions {
  readonly reason?: string | null;
}

export type PriorityName = NonNullable<EventData<'TASK_CREATED'>['priority']>;

export interface StartTaskRequest {
  readonly prompt: string;
  readonly answers: readonly string[];
  readonly priority: PriorityName | null;
  readonly language: Language | null;
  readonly files: readonly GivenFile[];
  /** `null`: the implementation makes one up. */
  readonly taskId: string | null;
  /** The key that the caller repeats, and the SHA-256 (hex) of what it asked for under it. */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null;
}

export interface StartedTask {
  readonly taskId: string;
  /** Of the task's stream, after TASK_CREATED. */
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** The same key with the same body had started it before. */
  readonly deduplicated: boolean;
}

export interface EndedTask {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly version: number;
}

export interface InterventionRequest {
  readonly kind: 'guidance' | 'answer' | 'plan' | 'pause' | 'resume';
  readonly text: string | null;
  readonly questionId: string | null;
  readonly plan: readonly PlannedModule[] | null;
}

export interface RecordedIntervention {
  readonly version: number;
  readonly eventId: string;
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
      /** The code version that overtook the report. */
      readonly supersededBy: number;
    };

export interface TaskFile {
  readonly path: string;
  /** SHA-256 (hex) of its bytes. */
  readonly hash: string;
  readonly bytes: number;
  /** The code version that last changed it. */
  readonly codeVersion: number;
}

export interface GraphExport {
  readonly taskId: string;
  /** The sequence up to which the log was folded. */
  readonly sequence: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  readonly id: string;
  /** `task`, `module`, `function`, `test`, `library`, `concept`. */
  readonly type: string;
  readonly summary: string;
  /** Where the whole text stands, as `storage://task/file@version`. */
  readonly fullContentRef: string | null;
  /** Only referred to so far. */
  readonly placeholder: boolean;
  readonly vectorClock: VectorClock;
  readonly metadata: { readonly [key: string]: JsonValue };
}

export interface GraphEdge {
  readonly source: string;
  readonly target: string;
  /** `contains`, `depends_on`, `tested_by`, `references`. */
  readonly type: string;
}

export interface ContextExplanation {
  readonly callId: string;
  readonly model: string;
  /** `plan`, `code`, `tests`, `correction`, `summary`. */
  readonly signature: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly builderVersion: string;
  readonly asOfSequence: number;
  /** SHA-256 (hex) as recorded with the call; `verified`: the rebuilt prompt has the same. */
  readonly hash: string;
  readonly verified: boolean;
  readonly tokens: {
    readonly estimated: number;
    readonly prompt: number | null;
    readonly completion: number | null;
    readonly window: number;
  };
  readonly compressionRatio: number;
  readonly included: readonly {
    readonly ref: string;
    readonly layer: string;
    readonly tokens: number;
  }[];
  readonly dropped: readonly { readonly ref: string; readonly reason: string }[];
  readonly truncated: readonly string[];
}

/** Asks each part how it is; one that does not answer before `signal` aborts counts as failed. */
export type HealthCheck = (signal: AbortSignal) => Promise<HealthReport>;

export type HealthStatus = 'ok' | 'degraded' | 'failed';

export interface HealthReport {
  /** `ok` is answered with 200, anything else with 503. */
  readonly status: HealthStatus;
  readonly checks: readonly {
    readonly name: string;
    readonly status: HealthStatus;
    readonly detail: string;
  }[];
}

/** The queue's figures, at once; keys in camelCase, written to the wire in snake_case. */
export type QueueFigures = () => { readonly [figure: string]: JsonValue };
