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
