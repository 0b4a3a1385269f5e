import type { EventStore as SdkEventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** The SDK's name for a session's stream of notifications. */
const standaloneStream = '_GET_stream';

export interface ReplayLogOptions {
  /** The event store's newest sequence: what a client that holds an id has been told of. */
  readonly headSequence: () => number;
  /** What a client that saw the log up to a sequence has missed, from the event store. */
  readonly missedSince: (sequence: number) => Promise<readonly JSONRPCMessage[]>;
  /** Messages that are kept. @default 500 */
  readonly size?: number;
  /** Characters of JSON that they may have together; the newest is kept however long it is. @default 1 000 000 */
  readonly length?: number;
}

/**
 * Lets MCP streams be resumed. Ids are `stream~sequence~n`: the n-th message of this process, sent
 * when the event store stood at `sequence`.
 *
 * What this process has sent lately is sent again as it was. An id from a process before this one,
 * or older than what is kept, is resumed from the event store: the client is told which of its
 * resources have changed since.
 */
export function createReplayLog(options: ReplayLogOptions): SdkEventStore {
  const { headSequence, missedSince, size = 500, length = 1_000_000 } = options;
  const process = Math.random().toString(36).slice(2, 8);
  const kept: {
    readonly n: number;
    readonly streamId: string;
    readonly id: string;
    /** Its JSON, which takes the least room. */
    readonly text: string;
  }[] = [];
  let count = 0;
  let keptLength = 0;

  return {
    async storeEvent(streamId, message) {
      count += 1;
      const n = count;
      const id = `${streamId}~${headSequence()}~${process}.${n}`;
      const text = JSON.stringify(message);
      kept.push({ n, streamId, id, text });
      keptLength += text.length;
      while (kept.length > 1 && (kept.length > size || keptLength > length)) {
        keptLength -= kept.shift()?.text.length ?? 0;
      }
      return id;
    },
    async getStreamIdForEventId(id) {
      const parsed = parseId(id);
      const isOurs = parsed?.streamId === standaloneStream || parsed?.process === process;
      return isOurs ? parsed?.streamId : undefined;
    },
    async replayEventsAfter(id, { send }) {
      const parsed = parseId(id);
      if (parsed === undefined) throw new Error('Not an event id');
      const { streamId, sequence } = parsed;
      const oldest = kept[0]?.n ?? count + 1;
      const isKept = parsed.process === process && parsed.n >= oldest - 1;
      if (!isKept && streamId === standaloneStream) {
        for (const message of await missedSince(sequence)) {
          await send(await this.storeEvent(streamId, message), message);
        }
        return streamId;
      }
      for (const entry of [...kept]) {
        const isEmpty = entry.text === '{}';
        if (entry.streamId !== streamId || entry.n <= parsed.n || isEmpty) continue;
        await send(entry.id, JSON.parse(entry.text));
      }
      return streamId;
    },
  };
}

function parseId(id: string) {
  const match = /^(.+)~(\d+)~([a-z0-9]+)\.(\d+)$/.exec(id);
  if (match === null) return undefined;
  const [, streamId = '', sequence, process = '', n] = match;
  return { streamId, sequence: Number(sequence), process, n: Number(n) };
}
