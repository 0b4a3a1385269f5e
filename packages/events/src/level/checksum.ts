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

export function formatChecksum(checksum: number): string {
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
