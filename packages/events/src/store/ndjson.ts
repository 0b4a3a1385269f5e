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
  for await (const { text, number } of splitLines(chunks)) {
    if (text.trim() !== '') yield parseLine(text, number);
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

interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

async function* splitLines(
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 1;
  let rest = '';
  const decode = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new InvalidEventError({
        path: `line ${number}`,
        reason: 'or what follows is no UTF-8 text',
      });
    }
  };
  for await (const chunk of chunks) {
    const [end = '', ...more] = (typeof chunk === 'string' ? chunk : decode(chunk)).split('\n');
    rest += end;
    for (const next of more) {
      yield { text: rest, number };
      rest = next;
      number += 1;
    }
  }
  rest += decode();
  if (rest !== '') yield { text: rest, number };
}
