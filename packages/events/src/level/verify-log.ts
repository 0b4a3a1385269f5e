import { isEventsError } from '../errors.ts';
import type { AnyEvent } from '../event.ts';
import { isSameOutline } from '../event-outline.ts';
import type { LogHead } from '../store/event-store.ts';
import { emptyLogHash } from '../store/hash-chain.ts';
import { IntegrityError } from '../store-errors.ts';
import { groupKeys, outlineKeys, segmentKeys, windowKeys } from './keys.ts';
import type { LevelDatabase } from './level-database.ts';
import { createRunBuilder, type Run } from './postings/run.ts';
import type { RecordStore } from './record-store.ts';
import { parseStoredCheckpoint, readCheckpoint } from './stored-checkpoint.ts';
import { checkLink, type StoredRecord } from './stored-record.ts';
import type { WitnessReport } from './witness-file.ts';

/** What `verify` found: everything that is stored was read and reckoned anew. */
export interface VerifyReport {
  /** No damage. */
  readonly ok: boolean;
  readonly events: number;
  readonly tasks: number;
  readonly checkpoints: number;
  readonly head: LogHead;
  readonly witness: WitnessReport['state'];
  /** The first 100. */
  readonly damage: readonly IntegrityError[];
}

const mostDamage = 100;

export interface VerifySource {
  readonly database: LevelDatabase;
  readonly records: RecordStore;
  readonly head: LogHead;
  /** Runs of the index as of now: they are merged meanwhile. */
  readonly runs: () => readonly Run[];
  readonly witness: WitnessReport;
}

/** Checks every record, the whole chain, the versions of each task, the index, checkpoints and witness. */
export async function verifyLog(source: VerifySource): Promise<VerifyReport> {
  const { database, records, head, runs, witness } = source;
  const damage: IntegrityError[] = [];
  const told = new Set<string>();
  const report = (error: unknown): undefined => {
    if (!isEventsError(error, 'INTEGRITY')) throw error;
    // A damaged segment is met with each of its events.
    if (damage.length < mostDamage && !told.has(error.message)) damage.push(error);
    told.add(error.message);
  };
  const versions = new Map<string, number>();
  const index = createIndexCheck(database, runs, report);
  let previous: string | null = emptyLogHash;
  let events = 0;

  for (let next = 1; next <= head.sequence && damage.length < mostDamage; ) {
    const page = await readTolerantly(records, next, head.sequence, report);
    await checkLookups(records, page, report);
    for (const record of page) {
      checkRecord(record, previous, versions, report);
      previous = record.hash;
      await index.add(record);
    }
    events += page.length;
    next += page.length;
    if (page.length === 0) {
      // Damaged: what follows is checked on, but not linked to it.
      index.skip(next);
      next += 1;
      previous = null;
    }
  }
  if (damage.length === 0 && previous !== head.hash) {
    report(
      new IntegrityError({ sequence: head.sequence, reason: 'is not the head that was written' }),
    );
  }
  await checkWitness(records, witness, head).catch(report);
  const checkpoints = await checkCheckpoints(database, head, report).catch(report);
  await checkKeys(database, report).catch(report);
  return {
    ok: damage.length === 0,
    events,
    tasks: versions.size,
    checkpoints: checkpoints ?? 0,
    head,
    witness: witness.state,
    damage,
  };
}

/** The records from `from` on up to the first that is damaged; none when that is `from` itself. */
async function readTolerantly(
  records: RecordStore,
  from: number,
  to: number,
  report: (error: unknown) => void,
): Promise<readonly StoredRecord[]> {
  try {
    return await records.readRange(from, to);
  } catch {
    // One by one, to name the one.
    const readable: StoredRecord[] = [];
    try {
      for (let sequence = from; sequence <= Math.min(to, from + 999); sequence++) {
        readable.push(await records.readOne(sequence));
      }
    } catch (error) {
      if (readable.length === 0) report(error);
    }
    return readable;
  }
}

/** Damage can hide a record from a lookup by its place, task or outline that a scan still finds. */
async function checkLookups(
  records: RecordStore,
  page: readonly StoredRecord[],
  report: (error: unknown) => undefined,
): Promise<void> {
  const events = page.map(({ event }) => event);
  await checkPlaces(records, events).catch(report);
  if ((events.at(-1)?.sequence ?? 0) > records.sealedUpTo()) return;
  for (const [taskId, ofTask] of Map.groupBy(events, (event) => event.taskId)) {
    await checkPlaces(records, ofTask, taskId).catch(report);
  }
  await checkOutlines(records, events).catch(report);
}

async function checkPlaces(
  records: RecordStore,
  events: readonly AnyEvent[],
  taskId?: string,
): Promise<void> {
  const sequences = events.map(({ sequence }) => sequence);
  while (sequences.length > 0) {
    sequences.splice(0, (await records.readEventsAt(sequences, taskId)).length);
  }
}

async function checkOutlines(records: RecordStore, events: readonly AnyEvent[]): Promise<void> {
  const last = events.at(-1)?.sequence ?? 0;
  for (let at = 0; at < events.length; ) {
    for (const outline of await records.readOutlines(events[at]?.sequence ?? 0, last, 'forward')) {
      const event = events[at++];
      if (event && isSameOutline(outline, event)) continue;
      const reason = 'has another outline than the event itself';
      throw new IntegrityError({ sequence: outline.sequence, reason });
    }
  }
}

function checkRecord(
  record: StoredRecord,
  previous: string | null,
  versions: Map<string, number>,
  report: (error: unknown) => void,
): void {
  const { sequence, taskId, version } = record.event;
  try {
    if (previous !== null) checkLink(previous, record);
  } catch (error) {
    report(error);
  }
  const expected = (versions.get(taskId) ?? 0) + 1;
  if (version !== expected && previous !== null) {
    const reason = `has version ${version} of its task, where ${expected} was expected`;
    report(new IntegrityError({ sequence, reason }));
  }
  versions.set(taskId, version);
}

/** Reckons the index anew, run by run, and compares it bit by bit with what is stored. */
function createIndexCheck(
  database: LevelDatabase,
  currentRuns: () => readonly Run[],
  report: (error: unknown) => void,
) {
  const runs = currentRuns();
  let current = 0;
  let builder = createRunBuilder(runs[0]?.first ?? 1);
  let complete = true;

  async function finish(run: Run): Promise<void> {
    const buckets = [...builder.buckets()];
    for (let i = 0; complete && i < buckets.length; i += 256) {
      const some = buckets.slice(i, i + 256);
      const keys = some.map(([key]) => key);
      const stored = await database
        .read((db) => db.getMany<string, Uint8Array>(keys, { valueEncoding: 'view' }), run.first)
        .catch(report);
      if (!stored) break;
      const wrong = some.find(([, value], at) =>
        Buffer.compare(value, stored[at] ?? new Uint8Array()),
      );
      if (wrong && currentRuns().includes(run)) {
        const reason = `the index of events ${run.first} to ${run.last} is damaged (${wrong[0]})`;
        report(new IntegrityError({ sequence: run.first, reason }));
      }
      if (wrong) break;
    }
    current += 1;
    complete = true;
    builder = createRunBuilder(runs[current]?.first ?? 1);
  }

  return {
    async add({ event }: StoredRecord): Promise<void> {
      const run = runs[current];
      if (!run) return;
      if (complete) builder.add(event);
      if (event.sequence === run.last) await finish(run);
    },
    /** A damaged event: its run cannot be reckoned. */
    skip(sequence: number): void {
      const run = runs[current];
      complete = false;
      if (run?.last !== sequence) return;
      current += 1;
      complete = true;
      builder = createRunBuilder(runs[current]?.first ?? 1);
    },
  };
}

async function checkWitness(
  records: RecordStore,
  witness: WitnessReport,
  head: LogHead,
): Promise<void> {
  if (witness.state === 'damaged') {
    throw new IntegrityError({ sequence: head.sequence, reason: 'the witness file is damaged' });
  }
  if (witness.state !== 'present' || witness.head.sequence === 0) return;
  const { sequence, hash } = witness.head;
  const record = sequence <= head.sequence ? await records.readOne(sequence) : undefined;
  if (record?.hash !== hash) {
    throw new IntegrityError({ sequence, reason: 'is not the one that the witness names' });
  }
}

async function checkCheckpoints(
  database: LevelDatabase,
  head: LogHead,
  report: (error: unknown) => void,
): Promise<number> {
  const entries = await database.read((db) => db.iterator({ gte: 'c', lt: 'd' }).all());
  for (const [key, value] of entries) {
    try {
      const { name, sequence } = parseStoredCheckpoint(value, nameOf(key));
      if ((await readCheckpoint(database, name)) === undefined) {
        const reason = `checkpoint ${JSON.stringify(name)} is not found by its name`;
        throw new IntegrityError({ sequence: 0, reason });
      }
      if (sequence > head.sequence) {
        const reason = `checkpoint ${JSON.stringify(name)} lies behind the log's end`;
        throw new IntegrityError({ sequence, reason });
      }
    } catch (error) {
      report(error);
    }
  }
  return entries.length;
}

function nameOf(key: string): string {
  try {
    return String(JSON.parse(key.slice(1)));
  } catch {
    throw new IntegrityError({
      sequence: 0,
      reason: `${JSON.stringify(key)} is no key of this store`,
    });
  }
}

/** Ranges in which no key can be; a damaged key may turn up there. */
const emptyRanges = [
  { lt: 'b' },
  { gte: 'd', lt: groupKeys.gte },
  { gte: groupKeys.lt, lt: outlineKeys.gte },
  { gte: outlineKeys.lt, lt: segmentKeys.gte },
  { gte: segmentKeys.lt, lt: windowKeys.gte },
  { gte: windowKeys.lt, lt: 'x' },
  { gt: 'x' },
];

async function checkKeys(database: LevelDatabase, report: (error: unknown) => void): Promise<void> {
  for (const range of emptyRanges) {
    for (const key of await database.read((db) => db.keys({ ...range, limit: 10 }).all())) {
      const reason = `${JSON.stringify(key)} is no key of this store`;
      report(new IntegrityError({ sequence: 0, reason }));
    }
  }
}
