import { isSameOutline } from '../../event-outline.ts';
import { IntegrityError } from '../../store-errors.ts';
import { outlinesKey, segmentKey, windowKey } from '../keys.ts';
import { keyHash } from '../postings/key-hash.ts';
import { createPostingBuffer, hashOf, offsetOf, packPosting } from '../postings/posting-list.ts';
import type { StoredRecord } from '../stored-record.ts';
import { encodeDirectory, openDirectory, type SegmentEntry } from './directory.ts';
import { encodeSegment } from './encode-segment.ts';
import { encodeOutlines, openOutlines } from './outlines.ts';
import { openSegment } from './segment.ts';

/*
 * A window: consecutive events, sealed together. Its rows are
 *   segments   the events, those of a task together, so that one task is read without the others
 *   outlines   what most folds need of them, by sequence, and in which segment each is
 *   directory  which tasks are in which segment
 * A window begins where the one before ends: a missing one shows.
 */

/** A row of the database. */
export type WindowRow = readonly [key: string, value: Uint8Array];

const mostRecords = 128;
/** In UTF-16 units. A single event may have more. */
const mostText = 65_536;

/**
 * The rows of a window, one at a time: the caller may let others run in between.
 *
 * Each was decoded again and compared with the records.
 *
 * @param records consecutive
 * @throws IntegrityError when a row does not give back what went in
 */
export function* encodeWindow(records: readonly StoredRecord[]): Generator<WindowRow> {
  const first = records[0]?.event.sequence ?? 0;
  const last = first + records.length - 1;
  const entries: SegmentEntry[] = [];
  const segments: number[] = [];
  for (const [number, slots] of segmentsOf(records).entries()) {
    const members = slots.flatMap((slot) => records[slot] ?? []);
    const value = encodeSegment({ first, last, number }, members);
    compareSegment(
      openSegment({ first, last, number }, value).records(0, slots.length - 1),
      members,
    );
    for (const slot of slots) segments[slot] = number;
    const { taskId = '', sequence = 0 } = members[0]?.event ?? {};
    entries.push({
      firstHash: keyHash(taskId),
      byteLength: value.length,
      firstSequence: sequence,
    });
    yield [segmentKey(last, number), value];
  }
  const events = records.map(({ event }) => event);
  const outlines = encodeOutlines(last, events, segments);
  const directory = encodeDirectory({ first, last }, entries);
  const opened = {
    outlines: openOutlines({ first, last }, outlines),
    directory: openDirectory(last, directory),
  };
  const read = opened.outlines.read(first, last);
  for (const [i, event] of events.entries()) {
    const segment = segments[i];
    const same =
      isSameOutline(read[i], event) &&
      opened.outlines.segmentOf(event.sequence) === segment &&
      opened.directory.segmentOf(keyHash(event.taskId), event.sequence) === segment;
    if (!same) throw changed(event.sequence);
  }
  yield [outlinesKey(last), outlines];
  yield [windowKey(last), directory];
}

/** Places of the records, from 0, segment by segment: by the hash of their task, then by sequence. */
function segmentsOf(records: readonly StoredRecord[]): number[][] {
  const postings = createPostingBuffer();
  for (const [place, { event }] of records.entries()) {
    postings.push(packPosting(event.taskId, place));
  }
  const sorted = [...postings.sorted()];
  const segments: number[][] = [];
  let current: number[] = [];
  let text = 0;
  const cut = () => {
    if (current.length > 0) segments.push(current);
    current = [];
    text = 0;
  };
  for (let i = 0; i < sorted.length; ) {
    const hash = hashOf(sorted[i] ?? 0);
    const from = i;
    while (i < sorted.length && hashOf(sorted[i] ?? 0) === hash) i++;
    const task = sorted.slice(from, i).map(offsetOf);
    const lengths = task.map((place) => records[place]?.text.length ?? 0);
    const length = lengths.reduce((sum, one) => sum + one, 0);
    // A task that does not fit begins a segment of its own: so the directory finds it.
    if (current.length + task.length > mostRecords || text + length > mostText) cut();
    for (const [at, place] of task.entries()) {
      const own = lengths[at] ?? 0;
      if (current.length === mostRecords || text + own > mostText) cut();
      current.push(place);
      text += own;
    }
  }
  cut();
  return segments;
}

function compareSegment(
  decoded: readonly StoredRecord[],
  originals: readonly StoredRecord[],
): void {
  for (const [i, original] of originals.entries()) {
    const back = decoded[i];
    const same =
      back?.text === original.text &&
      back.hash === original.hash &&
      JSON.stringify(back.streamClock) === JSON.stringify(original.streamClock);
    if (!same) throw changed(original.event.sequence);
  }
}

function changed(sequence: number): IntegrityError {
  return new IntegrityError({ sequence, reason: 'does not come back the same from its segment' });
}
