import { IntegrityError } from '../../store-errors.ts';
import type { LevelDatabase } from '../level-database.ts';
import { createRunBuilder, type Run } from '../postings/run.ts';
import type { StoredRecord } from '../stored-record.ts';

/** Reckons the index anew, run by run, and compares it bit by bit with what is stored. */
export function createIndexCheck(
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
