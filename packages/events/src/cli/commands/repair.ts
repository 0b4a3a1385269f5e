import { join } from 'node:path';
import { type RepairReport, repairLevelEventStore } from '../../level/repair.ts';
import { type Command, positional } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { counted } from '../printable.ts';
import { assertStoreAt } from '../store-copy.ts';

/** What is whole of a damaged store, in another folder. */
export const repair: Command = {
  name: 'repair',
  takes: ['STORE', 'NEW_FOLDER'],
  summary: 'Save what is whole of a damaged store into a new folder; STORE stays as it is',
  about: [
    'The new store ends before the first event that is damaged or missing: a log has no gaps. What can',
    'be read behind it goes, one event per line as in an export, into NEW_FOLDER/lost-events.ndjson.',
    'No command reads that by itself. Reaches a backup past the damage, then import the file into a copy',
    'of the backup: what is there already is passed over, what follows takes its old place. Else append',
    'what still matters with a program of yours, under the same event ids, at the end of the new store.',
  ],
  help: [],
  options: {},
  async run(input) {
    const [path, into] = [positional(input, 0), positional(input, 1)];
    await assertStoreAt(path);
    const report = await repairLevelEventStore({ path, into, signal: input.terminal.signal });
    for (const line of describe(report, into)) input.terminal.note(`${line}\n`);
    input.terminal.note(
      report.head.sequence === 0 && missing(report) > 0
        ? `${path} is as it was. Restore your newest backup.\n`
        : `${path} is as it was. To go on: stop what uses it, keep it elsewhere, and put ${into} in its place.\n`,
    );
    const isWhole = missing(report) === 0 && report.lost === 0 && !report.contradictsWitness;
    return isWhole ? ExitCode.ok : ExitCode.damaged;
  },
};

function describe(report: RepairReport, into: string): readonly string[] {
  const { head, lost, checkpoints } = report;
  return [
    `${counted(head.sequence, 'event')} and ${counted(checkpoints, 'checkpoint')} saved into ${into}, hash ${head.hash || '(none)'}.`,
    whatIsMissing(report),
    ...(lost > 0
      ? [
          `Of what lies behind the damage, ${counted(lost, 'event')} can be read: ${join(into, 'lost-events.ndjson')}`,
          'They are no part of the new store; org-events repair --help says what they are good for.',
        ]
      : []),
  ];
}

function whatIsMissing(report: RepairReport): string {
  const { head, acknowledged, contradictsWitness } = report;
  if (acknowledged === null) {
    return 'Without a whole witness file it cannot be told whether newer events were there.';
  }
  if (contradictsWitness) {
    return `WATCH OUT: event ${acknowledged} is not the one that the witness file names. Log and witness are of two stores, or of two times of one: it cannot be told what is missing.`;
  }
  const lost = missing(report);
  if (lost === 0) return 'That is all that was acknowledged: nothing is lost.';
  const where =
    head.sequence === 0
      ? ', all there were'
      : ` behind event ${head.sequence} (${acknowledged} were acknowledged)`;
  return `LOST: ${counted(lost, 'acknowledged event')}${where}.`;
}

/** Acknowledged events that the repaired store does not have. */
function missing({ head, acknowledged }: RepairReport): number {
  return Math.max(0, (acknowledged ?? 0) - head.sequence);
}
