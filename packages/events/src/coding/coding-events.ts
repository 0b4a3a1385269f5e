import { z } from 'zod';
import { defineEvents, type EventOf, type NewEventOf } from '../event-catalog.ts';

/** The 18 types of the coding-task catalogue. */
export const EventType = {
  TASK_CREATED: 'TASK_CREATED',
  TASK_STARTED: 'TASK_STARTED',
  PLANNING_COMPLETE: 'PLANNING_COMPLETE',
  MODULE_STARTED: 'MODULE_STARTED',
  MODULE_ITERATION: 'MODULE_ITERATION',
  MODULE_COMPLETE: 'MODULE_COMPLETE',
  CODE_GENERATED: 'CODE_GENERATED',
  TEST_STARTED: 'TEST_STARTED',
  TEST_PASSED: 'TEST_PASSED',
  TEST_FAILED: 'TEST_FAILED',
  CORRECTION_STARTED: 'CORRECTION_STARTED',
  CORRECTION_COMPLETED: 'CORRECTION_COMPLETED',
  BUG_REPORT_RECEIVED: 'BUG_REPORT_RECEIVED',
  USER_INTERVENTION: 'USER_INTERVENTION',
  DEAD_CODE_ANALYSIS: 'DEAD_CODE_ANALYSIS',
  TASK_COMPLETE: 'TASK_COMPLETE',
  TASK_FAILED: 'TASK_FAILED',
  TASK_CANCELLED: 'TASK_CANCELLED',
} as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

const count = z.number().int().min(0);
const path = z.string().min(1);

const language = z.enum(['javascript', 'typescript', 'python']);
const priority = z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND']);

/** A file that the caller brings: a judge (`test`), code to build upon, or reading matter. */
const givenFile = z.object({
  path,
  content: z.string(),
  kind: z.enum(['test', 'source', 'reference']),
});

/** A source file of a code version, with the SHA-256 (hex) of its bytes. */
const sourceFile = z.object({ path, content: z.string(), hash: z.string() });

/** A test file as it was run. `content` is null when it stands unchanged in an earlier TEST_STARTED. */
const testFile = z.object({
  path,
  hash: z.string(),
  origin: z.enum(['given', 'generated', 'rewritten']),
  content: z.string().nullable(),
});

/** One module of the plan: one source file, in dependency order. `dependsOn` names other modules. */
const plannedModule = z.object({
  name: path,
  purpose: z.string(),
  dependsOn: z.array(z.string()),
});

const question = z.object({ questionId: z.string(), text: z.string() });

/** One attempt to call a model, failed and malformed ones too. */
const modelCall = z.object({
  callId: z.string(),
  model: z.string(),
  /** What was asked for: `plan`, `code`, `tests`, `correction`, `summary`. */
  signature: z.string(),
  attempt: count,
  /** `ok`, or the code of what went wrong: `malformed`, `elided`, `MODEL_TIMEOUT` … */
  outcome: z.string(),
  error: z.string().nullable(),
  temperature: z.number().nullable(),
  /** Tokens: our count of the whole prompt, the model's own counts (null: not reported), the window. */
  tokens: z.object({
    estimated: count,
    prompt: count.nullable(),
    completion: count.nullable(),
    window: count,
  }),
  durationMs: z.number().min(0),
  /** The exact prompt is rebuilt from the log and checked by this hash (SHA-256, hex). */
  prompt: z.object({
    hash: z.string(),
    builderVersion: z.string(),
    /** The sequence up to which the context saw the log. */
    asOfSequence: count,
    compressionRatio: z.number(),
    included: z.array(
      z.object({
        ref: z.string(),
        layer: z.string(),
        tokens: count,
        /** The level of detail it went in with: `reference`, `signature`, `summary`, `body` … */
        form: z.string().optional(),
        /** Characters kept of its head and of its tail, when it was cut in its middle. */
        kept: z.tuple([count, count]).optional(),
      }),
    ),
    dropped: z.array(z.object({ ref: z.string(), reason: z.string() })),
    truncated: z.array(z.string()),
    /** Hashes of what does not come from the task's own log; the values stand in `external`. */
    external: z.record(z.string(), z.string()),
    /** What the context was asked for: with `included`, all it takes to write the prompt again. */
    request: z
      .object({
        purpose: z.enum(['plan', 'code', 'tests', 'correction', 'summary']),
        module: z.string().nullable(),
        instructions: z.string(),
        currentEventId: z.string(),
      })
      .optional(),
  }),
});

const testResult = z.object({
  name: z.string(),
  status: z.enum(['passed', 'failed', 'skipped', 'missing']),
  message: z.string().nullable(),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
  durationMs: z.number().min(0).nullable(),
});

const testRun = z.object({
  module: path,
  passed: count,
  failed: count,
  total: count,
  results: z.array(testResult),
  durationMs: z.number().min(0),
  /** Trimmed standard output and error of the run. */
  output: z.string(),
});

const bestVersion = z.object({ codeVersion: count, passed: count, total: count });

const calls = z.array(modelCall).default([]);

/** The coding task's event catalogue. Every payload may grow; nothing in it is ever renamed. */
export const codingEvents = defineEvents({
  TASK_CREATED: z.object({
    prompt: z.string(),
    answers: z.array(z.string()).default([]),
    priority: priority.nullable().default(null),
    language: language.nullable().default(null),
    files: z.array(givenFile).default([]),
    idempotency: z.object({ key: z.string(), bodyHash: z.string() }).nullable().default(null),
    limits: z
      .object({ maxIterations: count, stepTimeoutMs: count, tokenBudget: count.nullable() })
      .nullable()
      .default(null),
  }),
  TASK_STARTED: z.object({ language, models: z.array(z.string()).default([]) }),
  PLANNING_COMPLETE: z.object({
    /** Empty while a question is open. */
    modules: z.array(plannedModule),
    questions: z.array(question).default([]),
    calls,
  }),
  MODULE_STARTED: z.object({
    module: path,
    purpose: z.string().default(''),
    dependsOn: z.array(z.string()).default([]),
  }),
  MODULE_ITERATION: z.object({
    module: path,
    /** 1, 2, 3 … within its module. */
    iteration: count,
    strategy: z.enum([
      'generate',
      'correct',
      'other-temperature',
      'larger-model',
      'from-scratch',
      'rewrite-tests',
    ]),
  }),
  CODE_GENERATED: z.object({
    module: path,
    iteration: count,
    /** The files that this version changes; the others stand as they were. */
    files: z.array(sourceFile),
    calls,
  }),
  TEST_STARTED: z.object({
    module: path,
    tests: z.array(testFile),
    /** The names that must all be reported passed, from a collection run against a stub. */
    expected: z.array(z.string()),
    /** Tests that pass on a throwing stub: they prove nothing and do not count. */
    dropped: z.array(z.string()).default([]),
    sandbox: z.object({ kind: z.string(), node: z.string(), networkBlocked: z.boolean() }),
    calls,
  }),
  TEST_PASSED: testRun,
  TEST_FAILED: testRun.extend({
    failure: z.object({
      kind: z.enum([
        'assertion',
        'syntax',
        'timeout',
        'memory',
        'crash',
        'output',
        'tampered',
        'missing-results',
        'no-tests',
      ]),
      message: z.string(),
    }),
    /** Equal for equal failures: the sorted names of the failing tests, hashed. */
    signature: z.string(),
  }),
  CORRECTION_STARTED: z.object({
    module: path,
    fromVersion: count,
    reason: z.enum(['test-failed', 'bug-report', 'guidance']),
  }),
  CORRECTION_COMPLETED: z.object({ module: path, fromVersion: count }),
  MODULE_COMPLETE: z.object({
    module: path,
    outcome: z.enum(['passed', 'failed']),
    iterations: count,
    reason: z.string().nullable().default(null),
    best: bestVersion.nullable().default(null),
    /** What the module is for, when something has written it. */
    summary: z.string().nullable().default(null),
    calls,
  }),
  BUG_REPORT_RECEIVED: z.object({
    description: z.string(),
    module: path.nullable().default(null),
    /** What the report was made against; null: not said. */
    against: z.object({
      codeVersion: count.nullable(),
      codeHash: z.string().nullable(),
      vectorClock: z.record(z.string(), count).nullable(),
    }),
    accepted: z.boolean(),
    reason: z.string().nullable().default(null),
  }),
  USER_INTERVENTION: z.object({
    kind: z.enum(['guidance', 'answer', 'plan', 'pause', 'resume', 'cancel']),
    text: z.string().nullable().default(null),
    questionId: z.string().nullable().default(null),
    plan: z.array(plannedModule).nullable().default(null),
  }),
  DEAD_CODE_ANALYSIS: z.object({
    findings: z.array(z.object({ module: path, name: z.string(), kind: z.string(), line: count })),
    skipped: z.string().nullable().default(null),
  }),
  TASK_COMPLETE: z.object({
    summary: z.string().default(''),
    files: z.array(path),
    tests: z.object({ passed: count, total: count }),
  }),
  TASK_FAILED: z.object({
    /** A stable word: `max-iterations`, `plan-refused`, `model-unavailable`, `step-timeout`, `token-budget` … */
    reason: z.string(),
    message: z.string(),
    best: bestVersion.nullable().default(null),
    files: z.array(path).default([]),
    calls,
  }),
  TASK_CANCELLED: z.object({ reason: z.string().nullable().default(null) }),
});

/** An event of a coding task; a discriminated union on `eventType`. */
export type Event = EventOf<typeof codingEvents>;
/** What is given to `append` for a coding task. */
export type NewEvent = NewEventOf<typeof codingEvents>;
/** One coding event type's payload. */
export type EventData<Type extends EventType> = Extract<Event, { eventType: Type }>['data'];
export type ModelCall = z.output<typeof modelCall>;
export type PlannedModule = z.output<typeof plannedModule>;
export type GivenFile = z.output<typeof givenFile>;
export type SourceFile = z.output<typeof sourceFile>;
export type TestFile = z.output<typeof testFile>;
export type TestResult = z.output<typeof testResult>;
export type Language = z.output<typeof language>;
