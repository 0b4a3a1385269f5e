import { crc32 } from 'node:zlib';

export const checksumLength = 8;

/** LevelDB values carry their own CRC-32 in front: LevelDB itself returns flipped bits without a word. */
export function withChecksum(content: string): string {
  return formatChecksum(crc32(content)) + content;
}

/** @returns the content; undefined when it is damaged */
export function checkedContent(value: string): string | undefined {
  const content = value.slice(checksumLength);
  return value.startsWith(formatChecksum(crc32(content))) ? content : undefined;
}

/** Writes the checksum of a value's content in front of it, where room was left. */
export function putChecksum(value: Uint8Array): void {
  let rest = crc32(value.subarray(checksumLength));
  for (let at = checksumLength - 1; at >= 0; at--) {
    const digit = rest & 0xf;
    value[at] = digit < 10 ? zero + digit : ten + digit - 10;
    rest >>>= 4;
  }
}

const zero = 0x30;
const ten = 0x61;

function formatChecksum(checksum: number): string {
  return checksum.toString(16).padStart(checksumLength, '0');
}

/** Binary values have theirs in the first four bytes, over their key and all that follows. */
export function stampChecksum(key: string, value: Buffer): Buffer {
  value.writeUInt32LE(crc32(value.subarray(4), crc32(key)), 0);
  return value;
}

/** @returns false when the value is damaged, or another key's */
export function isIntact(key: string, value: Uint8Array): boolean {
  if (value.length < 4) return false;
  const bytes = asBuffer(value);
  return bytes.readUInt32LE(0) === crc32(bytes.subarray(4), crc32(key));
}

/** The same bytes, not a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
