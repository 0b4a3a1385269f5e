import { eventsProtocol } from '@org/api';
import type { WorkflowHooks } from '@org/workflow';
import { gauge, say } from './terminal.ts';

/** A message of the server's WebSocket, as far as the demo reads it. */
interface Message {
  readonly type: string;
  readonly sequence: number;
  readonly version: number;
  readonly event_type: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The analysis follows a completed task; behind it nothing more comes by itself. */
const ends = new Set(['DEAD_CODE_ANALYSIS', 'TASK_FAILED', 'TASK_CANCELLED']);

/** Shows a task as it goes: its events as the WebSocket brings them, its model calls as they end. */
export class Progress {
  failedRuns = 0;
  readonly #calls: { readonly tokens: number; readonly window: number; readonly ratio: number }[] =
    [];

  readonly hooks: WorkflowHooks = {
    onModelCall: ({ call }) => {
      this.#calls.push({
        tokens: call.tokens.estimated,
        window: call.tokens.window,
        ratio: call.prompt.compressionRatio,
      });
      const seconds = (call.durationMs / 1_000).toFixed(1);
      const context = gauge(call.tokens.estimated, call.tokens.window);
      say.dim(
        `      ${call.model} ${call.signature}: context ${context} tokens, ${seconds} s, ${call.outcome}`,
      );
    },
  };

  /** Prints every event of a task, in order, until its end. */
  async follow(url: string, token: string): Promise<void> {
    const socket = new WebSocket(url, [eventsProtocol, `bearer.${token}`]);
    try {
      await new Promise<void>((resolve, reject) => {
        let last = 0;
        socket.addEventListener('message', ({ data }) => {
          // The wire format is the server's own; a field that were missing would show in the output.
          const message = JSON.parse(String(data)) as Message;
          if (message.type !== 'event' || message.event_type === null) return;
          if (message.sequence <= last) reject(new Error('events came out of order'));
          last = message.sequence;
          this.#show(message, message.event_type);
          if (ends.has(message.event_type)) resolve();
        });
        socket.addEventListener('close', ({ code, reason }) =>
          reject(new Error(`the WebSocket closed: ${code} ${reason}`)),
        );
        socket.addEventListener('error', () => reject(new Error('the WebSocket failed')));
      });
    } finally {
      socket.close();
    }
  }

  summary(): void {
    const largest = this.#calls.reduce(
      (most, call) => Math.max(most, call.tokens / call.window),
      0,
    );
    say.line(
      `${this.#calls.length} model calls; the fullest context took ${(largest * 100).toFixed(0)} % of its window`,
    );
  }

  #show(message: Message, type: string): void {
    const line = `${String(message.version).padStart(3)}  ${type.padEnd(21)} ${detail(message)}`;
    if (type === 'TEST_FAILED') {
      this.failedRuns += 1;
      say.bad(line);
      for (const name of failing(message.data)) say.bad(`       ✗ ${name}`);
    } else if (type === 'TEST_PASSED' || type === 'TASK_COMPLETE') say.good(line);
    else say.line(line);
  }
}

function detail({ event_type: type, data }: Message): string {
  const text = (name: string): string => {
    const value = data[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  switch (type ?? '') {
    case 'TASK_CREATED':
      return text('prompt');
    case 'TASK_STARTED':
      return text('language');
    case 'DEAD_CODE_ANALYSIS':
      return `${list(data.findings).length} findings`;
    case 'PLANNING_COMPLETE':
      return list(data.modules)
        .map((module) => String(Reflect.get(module, 'name')))
        .join(', ');
    case 'TEST_STARTED':
      return `${text('module')}  ${Array.isArray(data.expected) ? data.expected.length : 0} tests`;
    case 'TEST_PASSED':
    case 'TEST_FAILED':
      return `${text('module')}  ${text('passed')} of ${text('total')} passed`;
    case 'MODULE_ITERATION':
      return `${text('module')}  ${text('iteration')}, ${text('strategy')}`;
    case 'TASK_COMPLETE':
      return text('summary');
    case 'TASK_FAILED':
      return text('message');
    default:
      return text('module');
  }
}

function failing(data: Message['data']): readonly string[] {
  return list(data.results)
    .filter((result) => Reflect.get(result, 'status') !== 'passed')
    .map((result) => {
      const actual = Reflect.get(result, 'actual');
      const expected = Reflect.get(result, 'expected');
      const said = actual === null ? '' : `: expected ${expected}, got ${actual}`;
      return `${Reflect.get(result, 'name')}${said}`;
    });
}

function list(value: unknown): readonly object[] {
  return Array.isArray(value)
    ? value.filter((entry) => typeof entry === 'object' && entry !== null)
    : [];
}
