import { isEventsError } from '../../errors.ts';
import type { LogHead } from '../../store/event-store.ts';
import { emptyLogHash } from '../../store/hash-chain.ts';
import { IntegrityError } from '../../store-errors.ts';
import type { LevelDatabase } from '../level-database.ts';
import type { Run } from '../postings/run.ts';
import type { RecordStore } from '../record-store.ts';
import { checkLink, type StoredRecord } from '../stored-record.ts';
import { lostTail, type WitnessReport } from '../witness-file.ts';
import { checkCheckpoints } from './check-checkpoints.ts';
import { createIndexCheck } from './check-index.ts';
import { checkKeys } from './check-keys.ts';
import { checkLookups } from './check-lookups.ts';
import { createVersionCheck } from './check-versions.ts';
import { readOn } from './read-on.ts';

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
  /** What was found to be wrong before. */
  readonly damage?: readonly IntegrityError[];
  readonly signal?: AbortSignal;
}

/**
 * Checks every record, the whole chain, the versions of each task, the index, checkpoints and witness.
 *
 * @throws NewerFormatError, StoreUnavailableError, the signal's reason when it is aborted: anything but damage
 */
export async function verifyLog(source: VerifySource): Promise<VerifyReport> {
  const { database, records, head, runs, witness, signal } = source;
  const damage: IntegrityError[] = [];
  const told = new Set<string>();
  const report = (error: unknown): undefined => {
    if (!isEventsError(error, 'INTEGRITY')) throw error;
    // A damaged segment is met with each of its events.
    if (damage.length < mostDamage && !told.has(error.message)) damage.push(error);
    told.add(error.message);
  };
  for (const error of source.damage ?? []) report(error);
  const known = Math.max(witnessed(witness), runs().at(-1)?.last ?? 0);
  if (head.sequence < known) report(lostTail(head.sequence, known));
  const versions = createVersionCheck(report);
  const index = createIndexCheck(database, runs, report);
  const read = readOn(records, head.sequence, report);
  let previous: string | null = emptyLogHash;
  let events = 0;

  for (let next = 1; next <= head.sequence && damage.length < mostDamage; ) {
    signal?.throwIfAborted();
    const page = await read(next);
    await checkLookups(records, page, report);
    for (const record of page) {
      if (previous !== null) checkChain(previous, record, report);
      versions.add(record);
      previous = record.hash;
      await index.add(record);
    }
    events += page.length;
    next += page.length;
    if (page.length === 0) {
      // Damaged: what follows is checked on, but not linked to it.
      index.skip(next);
      versions.skip();
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
    tasks: versions.tasks(),
    checkpoints: checkpoints ?? 0,
    head,
    witness: witness.state,
    damage,
  };
}

function checkChain(
  previous: string,
  record: StoredRecord,
  report: (error: unknown) => void,
): void {
  try {
    checkLink(previous, record);
  } catch (error) {
    report(error);
  }
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
  if (sequence > head.sequence) return; // the log's end is damaged: told already
  if ((await records.readOne(sequence)).hash !== hash) {
    throw new IntegrityError({ sequence, reason: 'is not the one that the witness names' });
  }
}

function witnessed(witness: WitnessReport): number {
  return witness.state === 'present' ? witness.head.sequence : 0;
}
