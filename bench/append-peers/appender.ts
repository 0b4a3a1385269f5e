import { randomUUID } from 'node:crypto';

/** An event of about 300 bytes as JSON, as a caller gives it. */
export interface BenchEvent {
  readonly taskId: string;
  readonly eventType: 'TEST_FAILED';
  readonly codeVersion: number;
  readonly data: {
    readonly file: string;
    readonly passed: number;
    readonly message: string;
    readonly hash: string;
  };
}

export function benchEvent(n: number): BenchEvent {
  return {
    taskId: `task-${n % 100}`,
    eventType: 'TEST_FAILED',
    codeVersion: 1 + (n % 9),
    data: {
      file: `src/module-${n % 50}.ts`,
      passed: n % 20,
      message: 'expected 1 to equal 2',
      hash: 'abcdef0123456789',
    },
  };
}

/** What a plain program would store of it: the same fields as ours, and no checks. */
export function plainText(event: BenchEvent, sequence: number): string {
  return JSON.stringify({
    sequence,
    version: sequence,
    vectorClock: { main: sequence },
    eventId: randomUUID(),
    taskId: event.taskId,
    eventType: event.eventType,
    timestamp: new Date().toISOString(),
    codeVersion: event.codeVersion,
    codeHash: null,
    causationId: null,
    correlationId: null,
    schemaVersion: 1,
    data: event.data,
  });
}

/** Something that makes events durable before it acknowledges them. */
export interface Appender {
  append(event: BenchEvent): Promise<void>;
  /** Several in one acknowledgement. */
  appendAll(events: readonly BenchEvent[]): Promise<void>;
  /** How many are stored; the check that the work was done. */
  count(): Promise<number>;
  close(): Promise<void>;
}

/** Commits in groups: what arrives while one group is written forms the next. The ideal, without a check. */
export function groupCommit<T>(
  write: (group: readonly T[]) => Promise<void>,
): (item: T) => Promise<void> {
  let waiting: { readonly item: T; readonly resolve: () => void }[] = [];
  let running = false;
  async function run(): Promise<void> {
    running = true;
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await write(group.map(({ item }) => item));
      for (const { resolve } of group) resolve();
    }
    running = false;
  }
  return (item) =>
    new Promise((resolve) => {
      waiting.push({ item, resolve });
      if (!running) void run();
    });
}
