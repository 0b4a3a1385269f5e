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
  const pool = new Uint8Array(4_096);
  let used = pool.length;
  let lastTime = -1;
  let counter = 0;
  let prefix = '';
  return () => {
    if (used + 8 > pool.length) {
      globalThis.crypto.getRandomValues(pool);
      used = 0;
    }
    const random = pool.subarray(used, used + 8);
    used += 8;
    const time = Math.floor(now());
    if (time > lastTime || counter === 0xfff) {
      lastTime = Math.max(time, lastTime + 1);
      counter = (byte(random, 0) << 1) & 0x1ff; // room to count up from a random start
      const hex = lastTime.toString(16).padStart(12, '0');
      prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
    } else {
      counter += 1;
    }
    const tail = hexOf(random);
    const variant = (8 + (byte(random, 0) & 3)).toString(16);
    return `${prefix}${counter.toString(16).padStart(3, '0')}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`;
  };
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

const hexOfByte = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));

function hexOf(bytes: Uint8Array): string {
  let hex = '';
  for (const value of bytes) hex += hexOfByte[value];
  return hex;
}
