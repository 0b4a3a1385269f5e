import { codingEvents, isEventsError } from '@org/events';
import { type LevelEventStore, openLevelEventStore } from '@org/events/level';
import { StartError } from './errors.ts';

/** Opens the log of coding tasks. @throws StartError when it is damaged, with the way out; the store's own errors */
export async function openStore(path: string): Promise<LevelEventStore<typeof codingEvents>> {
  try {
    return await openLevelEventStore({ path, catalog: codingEvents });
  } catch (error) {
    if (!isEventsError(error, 'INTEGRITY')) throw error;
    throw new StartError(
      `The event store in ${path} is damaged. ${error.message}. Nothing was changed. To see all that is wrong: ` +
        `org-events verify ${path}; to save what is whole: org-events repair ${path} NEW_FOLDER ` +
        `(from the sources: pnpm events …)`,
      { cause: error },
    );
  }
}
