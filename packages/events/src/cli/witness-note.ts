import type { LevelEventStore } from '../level/open-level-event-store.ts';

/** What it means that a store's witness is missing or damaged; empty when it is there, or was never made. */
export function witnessNote({ witness, head }: LevelEventStore['opened']): string {
  if (witness === 'present' || (witness === 'missing' && head.sequence === 0)) return '';
  return `The witness file is ${witness}: what is there is whole, but whether newer events were there cannot be told.\n`;
}
