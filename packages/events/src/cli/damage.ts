import type { VerifyReport } from '../level/verify/verify-log.ts';
import { counted, printable, shellWord } from './printable.ts';

/**
 * What someone with a damaged store can do.
 *
 * @param verified `all` that is wrong was told; `in part`: `verify` itself could not read on
 */
export function whatToDo(
  store: string,
  verified: 'not yet' | 'in part' | 'all',
): readonly string[] {
  const steps = [
    ['Stop what writes to the store, and keep its folder as it is.'],
    ...(verified === 'not yet'
      ? [[`org-events verify ${shellWord(store)}`, '     tells all that is wrong']]
      : []),
    [
      `org-events repair ${shellWord(store)} NEW_FOLDER`,
      '     saves what is whole into a new folder; or restore your newest backup',
      ...(verified === 'in part'
        ? ['     More may be wrong: verify the new folder after the repair.']
        : []),
    ],
  ];
  const lines = steps.flatMap(([step, ...more], i) => [`  ${i + 1}. ${step}`, ...more]);
  return ['What to do:', ...lines.map(printable)];
}

/** All faults found, then what to do about them. */
export async function tellDamage(
  store: string,
  { damage, witness }: VerifyReport,
  say: (line: string) => void | Promise<void>,
): Promise<void> {
  const many =
    damage.length >= 100 ? 'The first 100 of the faults' : counted(damage.length, 'fault');
  await say(`DAMAGED. ${many}:\n`);
  for (const { message } of damage) await say(`  ${printable(message)}\n`);
  if (witness === 'damaged' && damage.length === 1) {
    await say('All events that are there are whole; it is not known whether newer ones were.\n');
  }
  for (const line of whatToDo(store, 'all')) await say(`${line}\n`);
}
