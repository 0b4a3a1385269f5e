import { createHash } from 'node:crypto';
import {
  codingEvents,
  type Event,
  type EventData,
  type EventType,
  type GivenFile,
} from '@org/events';

/** What may be said of an event beyond its type and payload. */
export interface Said {
  readonly codeVersion?: number;
  readonly causationId?: string | null;
}

/** A task's log as a store would give it, written event by event. */
export class TaskLog {
  readonly taskId: string;
  readonly events: Event[] = [];
  readonly #given = new Map<string, string>();
  #codeVersion = 0;

  constructor(taskId = 'task-abc123') {
    this.taskId = taskId;
  }

  add<Type extends EventType>(eventType: Type, data: object, said: Said = {}): Event {
    const parsed = codingEvents.definitions[eventType].parse(data) as EventData<Type>;
    const version = this.events.length + 1;
    this.#codeVersion = said.codeVersion ?? this.#codeVersion;
    // The schema above gave the payload of this very type.
    const event = {
      eventId: eventId(this.taskId, version),
      taskId: this.taskId,
      eventType,
      timestamp: new Date(Date.UTC(2026, 10, 23, 10, 0, version)).toISOString(),
      sequence: version,
      version,
      codeVersion: this.#codeVersion,
      codeHash: null,
      vectorClock: { worker: version },
      causationId: said.causationId ?? this.events.at(-1)?.eventId ?? null,
      correlationId: null,
      schemaVersion: 1,
      data: parsed,
    } as Event;
    this.events.push(event);
    return event;
  }

  get last(): Event {
    const event = this.events.at(-1);
    if (event === undefined) throw new Error('the log is empty');
    return event;
  }

  /** Created, started and planned. */
  plan(
    prompt: string,
    modules: readonly (readonly [name: string, ...needs: string[]])[],
    files: readonly GivenFile[] = [],
  ): this {
    for (const { path, content, kind } of files)
      if (kind === 'test') this.#given.set(path, content);
    this.add('TASK_CREATED', { prompt, files });
    this.add('TASK_STARTED', { language: 'python' });
    this.add('PLANNING_COMPLETE', {
      modules: modules.map(([name, ...dependsOn]) => ({
        name,
        purpose: `Holds ${name}.`,
        dependsOn,
      })),
    });
    return this;
  }

  start(module: string): this {
    this.add('MODULE_STARTED', { module });
    return this;
  }

  /** One iteration: its code, then its run; failing names make it a failed one. */
  iterate(
    module: string,
    code: string,
    run: { readonly tests: readonly string[]; readonly failing?: readonly string[] },
  ): this {
    const iteration =
      this.events.filter(
        (event) => event.eventType === 'MODULE_ITERATION' && event.data.module === module,
      ).length + 1;
    this.add('MODULE_ITERATION', {
      module,
      iteration,
      strategy: iteration === 1 ? 'generate' : 'correct',
    });
    this.add(
      'CODE_GENERATED',
      { module, iteration, files: [sourceFile(module, code)] },
      { codeVersion: this.#codeVersion + 1 },
    );
    return this.run(module, run);
  }

  run(
    module: string,
    {
      tests,
      failing = [],
    }: { readonly tests: readonly string[]; readonly failing?: readonly string[] },
  ): this {
    const path = `test_${module}`;
    const written = tests.map((name) => `def ${name}():\n    assert check("${name}")\n`).join('\n');
    const judge = this.#given.get(path);
    const content = judge ?? written;
    const origin = judge === undefined ? 'generated' : 'given';
    this.add('TEST_STARTED', {
      module,
      tests: [
        { path, hash: sha256(content), origin, content: judge === undefined ? content : null },
      ],
      expected: tests,
      sandbox: { kind: 'none', node: 'v26.10.0', networkBlocked: false },
    });
    const results = tests.map((name) => {
      const failed = failing.includes(name);
      return {
        name,
        status: failed ? 'failed' : 'passed',
        message: failed ? `AssertionError in ${name}` : null,
        expected: failed ? 'True' : null,
        actual: failed ? 'False' : null,
        durationMs: 1,
      };
    });
    const figures = {
      module,
      passed: tests.length - failing.length,
      failed: failing.length,
      total: tests.length,
      results,
      durationMs: 20,
      output: '',
    };
    if (failing.length === 0) this.add('TEST_PASSED', figures);
    else
      this.add('TEST_FAILED', {
        ...figures,
        failure: { kind: 'assertion', message: `${failing.length} failed` },
        signature: sha256(failing.join()),
      });
    return this;
  }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function sourceFile(path: string, content: string) {
  return { path, content, hash: sha256(content) };
}

function eventId(taskId: string, version: number): string {
  const hex = sha256(`${taskId}/${version}`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
