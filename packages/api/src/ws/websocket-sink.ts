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
 * Writes a follower's messages to a WebSocket, each a frame of its own; what is handed out together
 * leaves in one write.
 *
 * The frames are made once for all clients and written beside `ws`, which makes the others (notices,
 * pings, the close). They cannot fall into one another: compression is off and nothing is fragmented,
 * so `ws` too writes each frame whole and at once.
 */
export function webSocketSink(webSocket: WebSocket, socket: Duplex): FollowerSink {
  const isOpen = () => webSocket.readyState === webSocket.OPEN;
  return {
    send({ frames }: TaskMessages) {
      if (!isOpen()) return;
      const [only] = frames;
      if (frames.length === 1) socket.write(only);
      else writeTogether(frames);
    },
    say(message: EventMessage) {
      if (isOpen()) webSocket.send(JSON.stringify(message), asText);
    },
    backlog: () => webSocket.bufferedAmount,
    drained: (signal) => drained(socket, signal),
    end(reason) {
      webSocket.close(...endings[reason]);
    },
  };

  function writeTogether(frames: readonly Buffer[]): void {
    socket.cork();
    try {
      for (const frame of frames) socket.write(frame);
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
