import type { ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { isEventsError } from '../../errors.ts';
import type { AnyEvent } from '../../event.ts';
import { type LevelEventStore, openLevelEventStore } from '../../level/open-level-event-store.ts';
import { parseNdjson } from '../../store/ndjson.ts';
import {
  type Command,
  type CommandInput,
  InputError,
  positional,
  type Terminal,
  text,
} from '../command.ts';
import { continuationOf } from '../continuation.ts';
import { ExitCode } from '../exit-code.ts';
import { counted } from '../printable.ts';
import { anyEvents } from '../read-store.ts';
import { witnessNote } from '../witness-note.ts';

/** An export back into a store. */
export const importEvents: Command = {
  name: 'import',
  takes: ['STORE'],
  summary: 'Read exported events into a new store, or on from where a store ends',
  about: ['Events that the store has already are compared and passed over: it can be run again.'],
  help: [['-i, --input FILE', 'from a file (default: standard input)']],
  options: { input: { type: 'string', short: 'i' } },
  async run(input) {
    const file = text(input, 'input');
    if (file === undefined) return importFrom(input.terminal.stdin, 'standard input', input);
    const stream = await exportFile(file);
    try {
      return await importFrom(stream, file, input);
    } finally {
      stream.destroy(); // what does not fit is not read to its end
    }
  },
};

async function importFrom(
  source: AsyncIterable<Uint8Array | string>,
  name: string,
  input: CommandInput,
): Promise<ExitCode> {
  const { terminal } = input;
  const events = parseNdjson(untilAborted(source, terminal.signal));
  // Before the store is opened, which would make a new one.
  const first = await events.next().catch((error: unknown) => {
    terminal.note(nothing);
    throw error;
  });
  if (first.done === true) {
    throw new InputError(`There are no events in ${name}. ${nothing.trim()}`);
  }
  const store = await openLevelEventStore({ path: positional(input, 0), catalog: anyEvents });
  try {
    terminal.note(witnessNote(store.opened));
    return await importInto(store, startingWith(first.value, events), terminal);
  } finally {
    await store.close();
  }
}

const nothing = 'Nothing was imported.\n';

/** @throws InputError when there is none to be read */
async function exportFile(path: string): Promise<ReadStream> {
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
      const next = await Promise.race([aborted.promise, chunks.next()]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function* startingWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

async function importInto(
  store: LevelEventStore,
  events: AsyncIterable<AnyEvent>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { sequence: before } = await store.head();
  const continuation = continuationOf(events, store, before);
  try {
    const imported = await store.importEvents(continuation.events).catch(asInputError);
    if (continuation.ended() !== null) throw continuation.ended();
    const { sequence, hash } = await store.head();
    terminal.note(
      `${counted(imported, 'event')} imported${alreadyThere(continuation.passedOver())}. The store ends at ${sequence}, hash ${hash || '(none)'}.\n`,
    );
    return ExitCode.ok;
  } catch (error) {
    const { sequence } = await store.head();
    terminal.note(
      sequence === before ? nothing : `Imported up to event ${sequence}; nothing after it.\n`,
    );
    throw error;
  }
}

/** Opening has checked the end of the store: it is what comes in that does not fit. */
function asInputError(error: unknown): never {
  if (!isEventsError(error, 'INTEGRITY')) throw error;
  throw new InputError(error.message, { cause: error });
}

function alreadyThere(events: number): string {
  if (events === 0) return '';
  return `; ${counted(events, 'event')} ${events === 1 ? 'was' : 'were'} there already`;
}
