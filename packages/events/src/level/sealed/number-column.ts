/*
 * Numbers of one kind, one behind the other, each as its distance from the least: f64 the least, u8 how many bytes a
 * distance takes (0: all are equal; 8: they are doubles), then the distances, little-endian.
 */

const headerLength = 9;

/** @param numbers integers that a double holds exactly, like their differences */
export function encodeColumn(numbers: readonly number[]): Buffer {
  let least = numbers[0] ?? 0;
  let most = least;
  for (const number of numbers) {
    if (number < least) least = number;
    else if (number > most) most = number;
  }
  const width = widthOf(most - least);
  const column = Buffer.alloc(headerLength + numbers.length * width);
  column.writeDoubleLE(least, 0);
  column[8] = width;
  let at = headerLength;
  for (const number of numbers) {
    if (width === 8) column.writeDoubleLE(number - least, at);
    else if (width > 0) column.writeUIntLE(number - least, at, width);
    at += width;
  }
  return column;
}

function widthOf(span: number): number {
  if (span === 0) return 0;
  if (span <= 0xff) return 1;
  if (span <= 0xffff) return 2;
  return span <= 0xffffffff ? 4 : 8;
}

/** How long the column is that begins at `at`. */
export function columnLength(bytes: Buffer, at: number, count: number): number {
  return headerLength + (bytes[at + 8] ?? 0) * count;
}

/** The numbers `from` … `to` (from 0, inclusive) of the column that begins at `at`. */
export function readColumn(
  bytes: Buffer,
  at: number,
  [from, to]: readonly [number, number],
): Float64Array {
  const least = bytes.readDoubleLE(at);
  const width = bytes[at + 8] ?? 0;
  const numbers = new Float64Array(to - from + 1).fill(least);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at + headerLength);
  if (width === 1) for (let i = from; i <= to; i++) numbers[i - from] = least + view.getUint8(i);
  if (width === 2)
    for (let i = from; i <= to; i++) numbers[i - from] = least + view.getUint16(i * 2, true);
  if (width === 4)
    for (let i = from; i <= to; i++) numbers[i - from] = least + view.getUint32(i * 4, true);
  if (width === 8)
    for (let i = from; i <= to; i++) numbers[i - from] = least + view.getFloat64(i * 8, true);
  return numbers;
}
