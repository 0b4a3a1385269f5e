import { join, resolve, sep } from 'node:path';
import { type RepairReport, repairLevelEventStore } from '../../level/repair.ts';
import { type Command, PathError, positional } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { counted } from '../printable.ts';
import { assertStoreAt } from '../store-copy.ts';

/** What is whole of a damaged store, in another folder. */
export const repair: Command = {
  name: 'repair',
  takes: ['STORE', 'NEW_FOLDER'],
  summary: 'Save what is whole of a damaged store into a new folder; STORE stays as it is',
  help: [],
  options: {},
  async run(input) {
    const [path, into] = [positional(input, 0), positional(input, 1)];
    await assertStoreAt(path);
    if (`${resolve(into)}${sep}`.startsWith(`${resolve(path)}${sep}`)) {
      throw new PathError('The new folder must not lie in the store itself.');
    }
    const report = await repairLevelEventStore({ path, into });
    for (const line of describe(report, into)) input.terminal.note(`${line}\n`);
    input.terminal.note(
      report.head.sequence === 0 && missing(report) > 0
        ? `${path} is as it was. Restore your newest backup.\n`
        : `${path} is as it was. To go on: stop what uses it, keep it elsewhere, and put ${into} in its place.\n`,
    );
    return missing(report) > 0 || report.lost > 0 ? ExitCode.damaged : ExitCode.ok;
  },
};

function describe(report: RepairReport, into: string): readonly string[] {
  const { head, acknowledged, lost, checkpoints } = report;
  return [
    `${counted(head.sequence, 'event')} and ${counted(checkpoints, 'checkpoint')} saved into ${into}, hash ${head.hash || '(none)'}.`,
    acknowledged === null
      ? 'Without a witness file it cannot be told whether newer events were there.'
      : missing(report) === 0
        ? 'That is all that was acknowledged: nothing is lost.'
        : `LOST: ${counted(missing(report), 'acknowledged event')}${head.sequence === 0 ? ', all there were' : ` behind event ${head.sequence} (${acknowledged} were acknowledged)`}.`,
    ...(lost > 0
      ? [
          `Of what lies behind the damage, ${counted(lost, 'event')} can be read: ${join(into, 'lost-events.ndjson')}`,
        ]
      : []),
  ];
}

/** Acknowledged events that the repaired store does not have. */
function missing({ head, acknowledged }: RepairReport): number {
  return Math.max(0, (acknowledged ?? 0) - head.sequence);
}
