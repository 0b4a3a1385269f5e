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
  let prefix = '';

  const randomByte = () => pool[used++] ?? 0;
  const randomHex = () => hexOfByte[randomByte()] ?? '00';

  return () => {
    if (used === pool.length) {
      globalThis.crypto.getRandomValues(pool);
      used = 0;
    }
    const time = Math.floor(now());
    const variant = randomByte();
    if (time > lastTime || counter === 0xfff) {
      lastTime = Math.max(time, lastTime + 1);
      counter = variant << 1; // room to count up from a random start
      const hex = lastTime.toString(16).padStart(12, '0');
      prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
    } else {
      counter += 1;
    }
    const clock = (hexOfByte[counter >> 4] ?? '00') + (hexOfByte[counter & 0xf] ?? '00').slice(1);
    const head = `${prefix}${clock}-${hexOfByte[(variant & 0x3f) | 0x80]}${randomHex()}-`;
    return `${head}${randomHex()}${randomHex()}${randomHex()}${randomHex()}${randomHex()}${randomHex()}`;
  };
}

const hexOfByte = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));
