import { crc32 } from 'node:zlib';

const length = 8;

/** LevelDB values carry their own CRC-32 in front: LevelDB itself returns flipped bits without a word. */
export function withChecksum(content: string): string {
  return checksum(content) + content;
}

/** @returns the content; undefined when it is damaged */
export function checkedContent(value: string): string | undefined {
  const content = value.slice(length);
  return value.startsWith(checksum(content)) ? content : undefined;
}

function checksum(content: string): string {
  return crc32(content).toString(16).padStart(length, '0');
}
