import { verifyCopy } from '../../level/verify/verify-copy.ts';
import type { VerifyReport } from '../../level/verify/verify-log.ts';
import { type Command, type CommandInput, positional } from '../command.ts';
import { tellDamage } from '../damage.ts';
import { ExitCode } from '../exit-code.ts';
import { counted, printableJson } from '../printable.ts';
import { copyHelp, copyOptions, nameStore, noteOwner, withClosedCopy } from '../read-store.ts';
import { witnessNote } from '../witness-note.ts';

/** Whether everything that is stored is whole. */
export const verify: Command = {
  name: 'verify',
  takes: ['STORE'],
  summary: 'Read everything and check it: checksums, hash chain, versions, indexes, witness',
  help: [['--json', 'the report as JSON'], ...copyHelp],
  options: { json: { type: 'boolean' }, ...copyOptions },
  async run(input) {
    const { terminal } = input;
    const path = positional(input, 0);
    return withClosedCopy(input, async (copy) => {
      noteOwner(path, terminal);
      const report = await verifyCopy(copy.path, terminal.signal);
      for (const error of report.damage) nameStore(error, copy, path);
      if (input.options.json) {
        const damage = report.damage.map(({ sequence, message }) => ({ sequence, message }));
        await terminal.print(`${printableJson({ ...report, damage }, 2)}\n`);
      } else {
        await tell(report, input);
      }
      return report.ok ? ExitCode.ok : ExitCode.damaged;
    });
  },
};

async function tell(report: VerifyReport, input: CommandInput): Promise<void> {
  const { terminal } = input;
  const { ok, events, tasks, checkpoints, head } = report;
  if (ok) {
    await terminal.print(
      `No damage in ${counted(events, 'event')} of ${counted(tasks, 'task')} and ${counted(checkpoints, 'checkpoint')}.\n`,
    );
    await terminal.print(`Head ${head.sequence}, hash ${head.hash || '(none)'}\n`);
    await terminal.print(witnessNote(report));
    return;
  }
  await tellDamage(positional(input, 0), report, (line) => terminal.print(line));
}
