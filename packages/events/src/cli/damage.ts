import type { VerifyReport } from '../level/verify-log.ts';
import { counted, printable } from './printable.ts';

/** To someone with a damaged store. */
export const whatToDo: readonly string[] = [
  'Nothing has been changed. What to do:',
  '  1. Stop what writes to the store, and keep its folder as it is.',
  '  2. org-events verify STORE             tells all that is wrong',
  '  3. org-events repair STORE NEW_FOLDER  saves what is whole into a new folder;',
  '     or restore your newest backup.',
];

/** All faults found, then what to do about them. */
export async function tellDamage(
  { damage }: VerifyReport,
  say: (line: string) => void | Promise<void>,
): Promise<void> {
  const many =
    damage.length >= 100 ? 'The first 100 of the faults' : counted(damage.length, 'fault');
  await say(`DAMAGED. ${many}:\n`);
  for (const { message } of damage) await say(`  ${printable(message)}\n`);
  for (const line of whatToDo) await say(`${line}\n`);
}
