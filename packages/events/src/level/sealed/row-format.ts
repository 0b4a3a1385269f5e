import { NewerFormatError } from '../../newer-format-error.ts';

/** The byte of a sealed row, behind its checksum, that says its format. */
const formatAt = 4;

/**
 * To be asked of a row that is intact: damage says nothing about its format.
 *
 * @param known the newest format that this version reads
 * @returns whether it is that one
 * @throws NewerFormatError when it is a newer one
 */
export function isOfFormat(
  row: Uint8Array,
  known: number,
  { sequence, what }: { readonly sequence: number; readonly what: string },
): boolean {
  const format = row[formatAt] ?? 0;
  if (format > known) throw new NewerFormatError({ sequence, what, format, known });
  return format === known;
}
