import { open } from 'node:fs/promises';
import { isEventsError } from '../../errors.ts';
import { type LevelEventStore, openLevelEventStore } from '../../level/open-level-event-store.ts';
import { importNdjson } from '../../store/ndjson.ts';
import { type Command, InputError, positional, type Terminal, text } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { counted } from '../printable.ts';
import { anyEvents } from '../read-store.ts';

/** An export back into a store. */
export const importEvents: Command = {
  name: 'import',
  takes: ['STORE'],
  summary: 'Read exported events into a new store, or on from where a store ends',
  help: [['-i, --input FILE', 'from a file (default: standard input)']],
  options: { input: { type: 'string', short: 'i' } },
  async run(input) {
    const path = positional(input, 0);
    const file = text(input, 'input');
    // Before the store is opened, which would make a new one.
    const source = file === undefined ? input.terminal.stdin : await exportFile(file);
    const store = await openLevelEventStore({ path, catalog: anyEvents });
    try {
      return await importInto(store, source, input.terminal);
    } finally {
      await store.close();
    }
  },
};

/** @throws InputError when there is none to be read */
async function exportFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'is not there' : `cannot be read (${error.code})`;
    throw new InputError(`${path} ${why}.`, { cause: error });
  });
  if (!(await file.stat()).isDirectory()) return file.createReadStream();
  await file.close();
  throw new InputError(`${path} is a folder; an export is a file.`);
}

/** As the source, also while it waits for more. @throws the signal's reason */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const chunks = source[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined); // there may be nobody who waits
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    for (;;) {
      const next = await Promise.race([chunks.next(), aborted.promise]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function importInto(
  store: LevelEventStore,
  source: AsyncIterable<Uint8Array | string>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { sequence: before } = await store.head();
  try {
    const events = await importNdjson(store, untilAborted(source, terminal.signal));
    const { sequence, hash } = await store.head();
    terminal.note(
      `${counted(events, 'event')} imported. The store ends at ${sequence}, hash ${hash || '(none)'}.\n`,
    );
    return ExitCode.ok;
  } catch (error) {
    const { sequence } = await store.head();
    terminal.note(
      sequence === before
        ? 'Nothing was imported.\n'
        : `Imported up to event ${sequence}; nothing after it. To go on, import the rest.\n`,
    );
    // Opening has checked the store: it is what comes in that does not fit.
    if (!isEventsError(error, 'INTEGRITY')) throw error;
    const message =
      error.sequence <= before && sequence === before
        ? `The export has event ${error.sequence}, but the store has all up to ${before} already. Import it into a new folder, or only its lines from event ${before + 1} on.`
        : error.message;
    throw new InputError(message, { cause: error });
  }
}
