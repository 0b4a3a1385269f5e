import { defineEvents } from '../event-catalog.ts';
import { type LevelEventStore, openLevelEventStore } from '../level/open-level-event-store.ts';
import { readOwner } from '../level/owner-file.ts';
import { type CommandInput, positional, type Terminal, text } from './command.ts';
import { copyStore, type StoreCopy } from './store-copy.ts';

/** Of no catalogue: every event is shown as it was stored. */
export const anyEvents = defineEvents({});

/** What every command that reads a copy takes. */
export const copyOptions = { temp: { type: 'string' } } as const;
export const copyHelp = [
  ['--temp FOLDER', 'make the copy that is read there (default: beside the store)'],
] as const;

/**
 * Opens a copy of the store for reading and removes it afterwards. The store itself is not touched,
 * so this works while a server has it open.
 *
 * @throws what opening throws; IntegrityError for a damaged store
 */
export async function withStoreCopy<Result>(
  input: CommandInput,
  work: (store: LevelEventStore, copy: StoreCopy) => Promise<Result>,
): Promise<Result> {
  return withClosedCopy(input, async (copy) => {
    const store = await openLevelEventStore({ path: copy.path, catalog: anyEvents });
    try {
      return await work(store, copy);
    } finally {
      await store.close();
    }
  });
}

/** The same for whoever does not need it opened. */
export async function withClosedCopy<Result>(
  input: CommandInput,
  work: (copy: StoreCopy) => Promise<Result>,
): Promise<Result> {
  const path = positional(input, 0);
  const temp = text(input, 'temp');
  const copy = await copyStore(path, temp === undefined ? {} : { temp });
  try {
    return await work(copy);
  } catch (error) {
    if (error instanceof Error) nameStore(error, copy, path);
    throw error;
  } finally {
    await copy.remove();
  }
}

/** The copy is gone when this is read: what is wrong is wrong in the store. */
export function nameStore(error: Error, copy: StoreCopy, path: string): void {
  if (!error.message.includes(copy.path)) return;
  error.message = error.message.replaceAll(copy.path, path);
}

/** Work that looks at no signal ends when its store is closed under it. @throws the signal's reason */
export async function untilInterrupted<Result>(
  store: LevelEventStore,
  { signal }: Terminal,
  work: () => Promise<Result>,
): Promise<Result> {
  const stop = () => void store.close();
  signal.addEventListener('abort', stop);
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Says so when a process has the store open, and what that means for what is shown. */
export function noteOwner(path: string, terminal: Terminal): void {
  const owner = readOwner(path);
  if (owner === null) return;
  const address = owner.address === null ? '' : `, serving ${owner.address}`;
  terminal.note(
    `In use by process ${owner.pid} on ${owner.host}${address}: reading a copy as of this moment.\n`,
  );
}
