import type { AnyEvent } from '../event.ts';
import { fromJSON } from '../event-json.ts';
import { InvalidEventError } from '../store-errors.ts';
import type { EventTransfer } from './event-transfer.ts';

/** The whole log as NDJSON: one line per event, each valid JSON, each ending in a line feed. */
export async function* exportNdjson(
  store: Pick<EventTransfer, 'exportEvents'>,
): AsyncGenerator<string> {
  for await (const event of store.exportEvents()) yield `${JSON.stringify(event)}\n`;
}

/**
 * Takes in what `exportNdjson` gave, cut into chunks in any way, such as a file stream's.
 *
 * Into an empty store it gives equal events, sequences, versions, ids and an equal head.
 *
 * @returns the number of events taken in
 * @throws InvalidEventError naming the line; IntegrityError where an event does not continue the log
 */
export async function importNdjson(
  store: Pick<EventTransfer, 'importEvents'>,
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<number> {
  return store.importEvents(parseNdjson(chunks));
}

/** The events of what `exportNdjson` gave. @throws InvalidEventError naming the line */
export async function* parseNdjson(
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): AsyncGenerator<AnyEvent> {
  let number = 0;
  for await (const line of splitLines(chunks)) {
    number += 1;
    if (line.trim() !== '') yield parseLine(line, number);
  }
}

function parseLine(line: string, number: number): AnyEvent {
  try {
    return fromJSON(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidEventError({ path: `line ${number}:`, reason });
  }
}

async function* splitLines(
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of chunks) {
    const text =
      rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    const lines = text.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
