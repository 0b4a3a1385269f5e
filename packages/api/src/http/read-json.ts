import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './http-problem.ts';

export interface ReadJsonOptions {
  /** @default 4 MiB */
  readonly maxBytes?: number;
  /** How long the whole body may take. @default 15 000 */
  readonly timeoutMs?: number;
}

/** No two runs of blanks meet: between them a header full of blanks would be shared out in every way there is. */
const jsonType = /^application\/json(?:\s*;\s*charset\s*=\s*"?utf-8"?)?\s*(?:;\s*)?$/i;

/**
 * Reads a JSON body; undefined when there is none.
 *
 * Only `application/json` in UTF-8, uncompressed, within the limits. A body that would reach for a
 * prototype (`__proto__`, `constructor.prototype` as keys) is refused. A body that another
 * middleware has parsed before (`request.body`) is taken as it is.
 *
 * @throws HttpProblem unsupported-media-type, too-large, request-timeout, malformed-json
 */
export async function readJson(
  request: IncomingMessage & { readonly body?: unknown },
  { maxBytes = 4_194_304, timeoutMs = 15_000 }: ReadJsonOptions = {},
): Promise<unknown> {
  if (request.body !== undefined) return request.body;
  const { 'content-length': length, 'transfer-encoding': transfer } = request.headers;
  if (transfer === undefined && (length === undefined || length === '0')) return undefined;
  refuseOtherTypes(request);
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
  return parseJson(await readBody(request, maxBytes, timeoutMs));
}

function refuseOtherTypes({ headers }: IncomingMessage): void {
  const type = headers['content-type'];
  if (type !== 'application/json' && !jsonType.test(type ?? '')) {
    const given =
      type === undefined ? 'none was given' : `not ${JSON.stringify(type.slice(0, 100))}`;
    throw new HttpProblem('unsupported-media-type', `Send application/json in UTF-8; ${given}`);
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new HttpProblem('unsupported-media-type', 'Send the body uncompressed');
  }
}

function readBody(request: IncomingMessage, maxBytes: number, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => {
      fail(new HttpProblem('request-timeout', `The body took more than ${timeoutMs} ms`));
    }, timeoutMs);

    function onData(chunk: Buffer): void {
      size += chunk.length;
      if (size > maxBytes) fail(tooLarge(maxBytes));
      else chunks.push(chunk);
    }
    function onEnd(): void {
      leave();
      const [only] = chunks;
      resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks, size));
    }
    function onGone(): void {
      fail(new HttpProblem('bad-request', 'The body was cut off'));
    }
    function fail(problem: HttpProblem): void {
      leave();
      request.pause();
      reject(problem);
    }
    function leave(): void {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
    }
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem('too-large', `The body may have ${maxBytes} bytes`, {
    extras: { limit: maxBytes },
  });
}

/** Parses UTF-8 JSON. @throws HttpProblem malformed-json */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new HttpProblem('malformed-json', 'The body is not UTF-8');
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // V8's message may quote the body; the position is all that a caller needs.
    const at = /position \d+(?: \(line \d+ column \d+\))?/.exec(String(cause))?.[0];
    throw new HttpProblem('malformed-json', at ? `Not JSON, at ${at}` : 'Not JSON', { cause });
  }
  if (suspicious.test(text)) refusePrototypes(value);
  return value;
}

/** Only a text with one of these, or with an escape that may hide one, can hold such a key. */
const suspicious = /__proto__|"constructor"|\\u00/;

function refusePrototypes(value: unknown): void {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const [key, inner] of Object.entries(next)) {
      const poisons =
        key === '__proto__' ||
        (key === 'constructor' &&
          typeof inner === 'object' &&
          inner !== null &&
          'prototype' in inner);
      if (poisons) throw new HttpProblem('malformed-json', `The key "${key}" is not allowed`);
      open.push(inner);
    }
  }
}
