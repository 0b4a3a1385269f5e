import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** How a stream is written. */
export interface StreamPace {
  readonly tokensPerSecond: number | undefined;
  readonly signal: AbortSignal;
  /** Byte by byte, so that lines and letters are cut in their middle. */
  readonly split: boolean;
}

/** Writes lines of NDJSON at the speed of a model, waiting for the socket where it is slower. */
export async function writeLines(
  response: ServerResponse,
  lines: readonly unknown[],
  pace: StreamPace & { readonly onLine: () => void },
): Promise<void> {
  const started = performance.now();
  for (const [index, line] of lines.entries()) {
    if (pace.tokensPerSecond !== undefined) {
      const due = ((index + 1) * 1000) / pace.tokensPerSecond;
      const early = due - (performance.now() - started);
      if (early > 1) await delay(early, undefined, { signal: pace.signal });
    }
    pace.signal.throwIfAborted();
    await writeText(response, `${JSON.stringify(line)}\n`, pace);
    pace.onLine();
  }
}

export async function writeText(
  response: ServerResponse,
  text: string,
  { split, signal }: Pick<StreamPace, 'split' | 'signal'>,
): Promise<void> {
  if (!split) return flush(response, Buffer.from(text), signal);
  for (const byte of Buffer.from(text)) await flush(response, Buffer.of(byte), signal);
}

async function flush(response: ServerResponse, bytes: Buffer, signal: AbortSignal): Promise<void> {
  // Nobody reads any more: neither `drain` nor another abort would come.
  signal.throwIfAborted();
  if (response.write(bytes)) {
    await new Promise(setImmediate);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const done = () => {
      signal.removeEventListener('abort', gone);
      resolve();
    };
    const gone = () => {
      response.off('drain', done);
      reject(signal.reason);
    };
    response.once('drain', done);
    signal.addEventListener('abort', gone, { once: true });
  });
}
