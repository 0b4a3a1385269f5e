import type { HarnessConfig, HarnessMessage } from '../protocol.ts';
import { trusted } from './primordials.ts';

const maxText = 4096;
const input = 0;
const pipe = 3;

/** Reads the line that starts the harness, to its end: the code under test finds nothing there. */
export function readConfig(): HarnessConfig {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(65_536);
    const size = readChunk(chunk);
    if (size === 0) break;
    chunks.push(chunk.subarray(0, size));
  }
  // Written by our own runner.
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as HarnessConfig;
}

function readChunk(chunk: Buffer): number {
  for (;;) {
    try {
      return trusted.readSync(input, chunk);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      if (error.code === 'EOF') return 0;
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

/** Sends messages that carry the nonce; it never leaves this closure but through the pipe. */
export function openChannel(nonce: string): (message: HarnessMessage) => void {
  return (message) => {
    let rest = Buffer.from(`${nonce} ${encode(message)}\n`, 'utf8');
    while (rest.length > 0) {
      try {
        rest = rest.subarray(trusted.writeSync(pipe, rest));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      }
    }
  };
}

/**
 * JSON put together from primitives: `JSON.stringify` of an object would call a `toJSON` that the
 * code under test may have put on a prototype.
 */
function encode(message: HarnessMessage): string {
  let text = '';
  for (const key of Object.keys(message)) {
    // The keys are those of the message.
    const value = message[key as keyof typeof message] as
      | string
      | number
      | null
      | readonly string[];
    text += `${text === '' ? '' : ','}"${key}":${encodeValue(value)}`;
  }
  return `{${text}}`;
}

function encodeValue(value: string | number | null | readonly string[]): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'string') return trusted.stringify(value.slice(0, maxText));
  let text = '';
  for (let index = 0; index < value.length; index++) {
    text += `${index === 0 ? '' : ','}${trusted.stringify((value[index] ?? '').slice(0, maxText))}`;
  }
  return `[${text}]`;
}
