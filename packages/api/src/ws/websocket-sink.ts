import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { EndReason, FollowerSink } from '../feed/follower.ts';
import type { TaskMessages } from '../feed/task-message.ts';
import type { EventMessage } from '../wire/index.ts';
import { closeCodes } from './close-codes.ts';

const asText = { binary: false, compress: false, fin: true } as const;

const endings: Readonly<Record<EndReason, readonly [code: number, reason: string]>> = {
  'unknown-task': [closeCodes.unknownTask, 'unknown task'],
  lagging: [closeCodes.lagging, 'too slow; reconnect with after_sequence'],
  failed: [closeCodes.failed, 'cannot be followed at the moment; reconnect'],
};

/**
 * Writes a follower's messages to a WebSocket: one frame each, or one array for what came together.
 *
 * Frames of one hand-out leave in one write: the socket is corked meanwhile.
 */
export function webSocketSink(
  webSocket: WebSocket,
  socket: Duplex,
  { batch }: { readonly batch: boolean },
): FollowerSink {
  const isOpen = () => webSocket.readyState === webSocket.OPEN;
  return {
    send(messages: TaskMessages) {
      if (!isOpen()) return;
      if (batch) webSocket.send(messages.array, asText);
      else if (messages.messages.length === 1) webSocket.send(messages.first.text, asText);
      else sendTogether(messages);
    },
    say(message: EventMessage) {
      if (isOpen()) webSocket.send(JSON.stringify(batch ? [message] : message), asText);
    },
    backlog: () => webSocket.bufferedAmount,
    drained: (signal) => drained(socket, signal),
    end(reason) {
      webSocket.close(...endings[reason]);
    },
  };

  function sendTogether({ messages }: TaskMessages): void {
    socket.cork();
    try {
      for (const { text } of messages) webSocket.send(text, asText);
    } finally {
      socket.uncork();
    }
  }
}

interface Drainable {
  readonly destroyed: boolean;
  readonly writableNeedDrain: boolean;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

/** Resolves when all that was written has left, or the stream is closed, or nobody waits any more. */
export function drained(stream: Drainable, signal: AbortSignal): Promise<void> {
  if (stream.destroyed || signal.aborted || !stream.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
    signal.addEventListener('abort', done);
  });
}
