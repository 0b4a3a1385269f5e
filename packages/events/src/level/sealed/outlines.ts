import type { EventOutline } from '../../event-outline.ts';
import { IntegrityError } from '../../store-errors.ts';
import { asBuffer, isIntact, stampChecksum } from '../checksum.ts';
import { outlinesKey } from '../keys.ts';
import { columnLength, encodeColumn, readColumn } from './number-column.ts';
import { isOfFormat } from './row-format.ts';
import { createTimestampText } from './timestamp-text.ts';

/*
 * The outlines of a window's events, by sequence, in columns: folds that need no more read nothing else, and it says
 * in which segment each event is. Little-endian.
 *
 *   0  u32  CRC-32 over the key and all that follows
 *   4  u8   format (1), three bytes of nothing
 *   8  u32  how many events
 *  12  u32  length of the names, in bytes
 *  16       names: JSON, [task ids, event types]
 *           columns: segment, task, type, version, code version, time in ms (number-column.ts)
 */

const headerLength = 16;
const format = 1;

export interface Outlines {
  readonly byteLength: number;
  /** The outlines of these sequences, both inclusive; objects that are the caller's own. */
  read(from: number, to: number): EventOutline[];
  /** Number of the segment that holds an event. */
  segmentOf(sequence: number): number;
}

/** @param events those of a window, by sequence @param segments where each of them is */
export function encodeOutlines(
  last: number,
  events: readonly EventOutline[],
  segments: readonly number[],
): Buffer {
  const tasks = numbered(events.map(({ taskId }) => taskId));
  const types = numbered(events.map(({ eventType }) => eventType));
  const names = Buffer.from(JSON.stringify([tasks.names, types.names]));
  const columns = [
    segments,
    tasks.numbers,
    types.numbers,
    events.map(({ version }) => version),
    events.map(({ codeVersion }) => codeVersion),
    events.map(({ timestamp }) => Date.parse(timestamp)),
  ];
  const header = Buffer.alloc(headerLength);
  header.writeUInt8(format, 4);
  header.writeUInt32LE(events.length, 8);
  header.writeUInt32LE(names.length, 12);
  const row = Buffer.concat([header, names, ...columns.map(encodeColumn)]);
  return stampChecksum(outlinesKey(last), row);
}

function numbered(given: readonly string[]) {
  const known = new Map<string, number>();
  const numbers = given.map((name) => {
    const number = known.get(name) ?? known.size;
    if (number === known.size) known.set(name, number);
    return number;
  });
  return { names: [...known.keys()], numbers };
}

/** @throws IntegrityError naming the window's first event when it is missing or damaged */
export function openOutlines(
  { first, last }: { readonly first: number; readonly last: number },
  value: Uint8Array | undefined,
): Outlines {
  const row = value && asBuffer(value);
  const what = `the outlines of the sealed events ${first} to ${last}`;
  const intact =
    row !== undefined &&
    isIntact(outlinesKey(last), row) &&
    isOfFormat(row, format, { sequence: first, what });
  const count = intact ? row.readUInt32LE(8) : 0;
  if (!intact || count !== last - first + 1) {
    const state = row === undefined ? 'are missing' : 'are damaged';
    throw new IntegrityError({ sequence: first, reason: `${what} ${state}` });
  }
  const columnsAt = headerLength + row.readUInt32LE(12);
  let names: readonly [readonly string[], readonly string[]] | null = null;
  return {
    byteLength: row.length,
    segmentOf(sequence) {
      const at = sequence - first;
      return readColumn(row, columnsAt, [at, at])[0] ?? 0;
    },
    read(from, to) {
      // encodeOutlines wrote them, as the checksum says.
      names ??= JSON.parse(row.toString('utf8', headerLength, columnsAt)) as NonNullable<
        typeof names
      >;
      const [tasks, types] = names;
      let at = columnsAt;
      const next = () => {
        at += columnLength(row, at, count);
        return readColumn(row, at, [from - first, to - first]);
      };
      const [task, type, version, codeVersion, time] = [next(), next(), next(), next(), next()];
      const timestampOf = createTimestampText();
      const outlines: EventOutline[] = [];
      for (let i = 0; i <= to - from; i++) {
        outlines.push({
          sequence: from + i,
          taskId: tasks[task?.[i] ?? 0] ?? '',
          eventType: types[type?.[i] ?? 0] ?? '',
          version: version?.[i] ?? 0,
          codeVersion: codeVersion?.[i] ?? 0,
          timestamp: timestampOf(time?.[i] ?? 0),
        });
      }
      return outlines;
    },
  };
}
