import type { VerifyReport } from '../level/verify-log.ts';
import { counted, printable, shellWord } from './printable.ts';

/**
 * What someone with a damaged store can do.
 *
 * @param verified all that is wrong has been told already
 */
export function whatToDo(store: string, verified: boolean): readonly string[] {
  const steps = [
    ['Stop what writes to the store, and keep its folder as it is.'],
    ...(verified
      ? []
      : [[`org-events verify ${shellWord(store)}`, '     tells all that is wrong']]),
    [
      `org-events repair ${shellWord(store)} NEW_FOLDER`,
      '     saves what is whole into a new folder; or restore your newest backup',
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
  for (const line of whatToDo(store, true)) await say(`${line}\n`);
}
