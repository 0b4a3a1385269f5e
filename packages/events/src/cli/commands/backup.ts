import { assertOutsideStore } from '../../level/outside-store.ts';
import { type Command, positional } from '../command.ts';
import { tellDamage } from '../damage.ts';
import { ExitCode } from '../exit-code.ts';
import { counted } from '../printable.ts';
import {
  copyHelp,
  copyOptions,
  noteOwner,
  untilInterrupted,
  withStoreCopy,
} from '../read-store.ts';

/** A whole store of one instant, in another folder. */
export const backup: Command = {
  name: 'backup',
  takes: ['STORE', 'NEW_FOLDER'],
  summary: 'Check the store and copy it into a new folder, which can be opened as it is',
  help: copyHelp,
  options: copyOptions,
  async run(input) {
    const into = positional(input, 1);
    // The store that is backed up below is a copy of this one.
    await assertOutsideStore(into, positional(input, 0));
    return withStoreCopy(input, async (store) => {
      const { terminal } = input;
      noteOwner(positional(input, 0), terminal);
      // A backup of damage is none: whoever needs it would find out then.
      const report = await untilInterrupted(store, terminal, () => store.verify());
      if (!report.ok) {
        await tellDamage(positional(input, 0), report, (line) => terminal.note(line));
        terminal.note('No backup was made.\n');
        return ExitCode.damaged;
      }
      const { sequence, hash } = await untilInterrupted(store, terminal, () => store.backup(into));
      terminal.note(
        `${counted(sequence, 'event')} backed up into ${into}, hash ${hash || '(none)'}.\n`,
      );
      return ExitCode.ok;
    });
  },
};
