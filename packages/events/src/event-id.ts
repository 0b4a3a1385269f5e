import { InvalidEventError } from './store-errors.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A UUID of any version, in lower case. @throws InvalidEventError when malformed */
export function parseEventId(value: unknown, path = 'eventId'): string {
  if (typeof value === 'string') {
    if (uuid.test(value)) return value;
    const lower = value.toLowerCase();
    if (uuid.test(lower)) return lower;
  }
  throw new InvalidEventError({
    path,
    reason: `must be a UUID, not ${JSON.stringify(value) ?? String(value)}`,
  });
}

/**
 * Makes UUIDs of version 7 (RFC 9562): time ordered, and strictly rising within one generator.
 *
 * A 12-bit counter follows the millisecond (method 1 of § 6.2); when it is used up the time is
 * counted on by one millisecond.
 */
export function createEventIdGenerator(now: () => number = Date.now): () => string {
  const pool = new Uint8Array(8 * 512);
  let used = pool.length;
  let lastTime = -1;
  let counter = 0;
  // The id's characters: one string made of them is flat, which pieces put together are not.
  const id = codesOf('00000000-0000-7000-8000-000000000000');

  return () => {
    if (used === pool.length) {
      globalThis.crypto.getRandomValues(pool);
      used = 0;
    }
    const time = Math.floor(now());
    if (time > lastTime || counter === 0xfff) {
      lastTime = Math.max(time, lastTime + 1);
      counter = (pool[used] ?? 0) << 1; // room to count up from a random start
      writeTime(id, lastTime);
    } else {
      counter += 1;
    }
    writeHex(id, 15, counter >> 8, 1);
    writeHex(id, 16, counter & 0xff, 2);
    writeHex(id, 19, ((pool[used++] ?? 0) & 0x3f) | 0x80, 2);
    writeHex(id, 21, pool[used++] ?? 0, 2);
    for (let at = 24; at < id.length; at += 2) writeHex(id, at, pool[used++] ?? 0, 2);
    return String.fromCharCode(...id);
  };
}

function writeTime(id: number[], time: number): void {
  let rest = time;
  for (let at = 12; at >= 0; at -= 1) {
    if (at === 8) continue; // the hyphen
    writeHex(id, at, rest % 16, 1);
    rest = Math.floor(rest / 16);
  }
}

const hexDigits = codesOf('0123456789abcdef');

function writeHex(id: number[], at: number, value: number, digits: 1 | 2): void {
  if (digits === 2) id[at] = hexDigits[value >> 4] ?? 0;
  id[at + digits - 1] = hexDigits[value & 0xf] ?? 0;
}

function codesOf(text: string): number[] {
  return Array.from(text, (char) => char.charCodeAt(0));
}
