import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { EventMessage } from '../../src/wire/index.ts';
import { type RunningApi, runApi } from '../support/running-api.ts';
import { code, storeTask } from '../support/task-events.ts';
import { until } from '../support/until.ts';

const clients = 100;
const highWaterBytes = 200_000;
const content = 'x'.repeat(100_000);

let running: RunningApi;
beforeAll(async () => {
  running = await runApi({ limits: { highWaterBytes } });
});
afterAll(() => running[Symbol.asyncDispose]());

/** A client that keeps the sequences only: a hundred of them receive a lot. */
interface Reader {
  readonly socket: WebSocket;
  readonly sequences: number[];
  isLive: boolean;
}

async function connectReader(taskId: string): Promise<Reader> {
  const reader: Reader = {
    socket: new WebSocket(running.webSocketUrl(taskId)),
    sequences: [],
    isLive: false,
  };
  reader.socket.on('message', (data: Buffer) => {
    const message: EventMessage = JSON.parse(data.toString());
    if (message.type === 'event') reader.sequences.push(message.sequence);
    else reader.isLive = true;
  });
  await once(reader.socket, 'open');
  await until(() => reader.isLive, 'it has caught up');
  return reader;
}

const lagged = async () =>
  /clients_lagging_total [1-9]/.test(await (await running.get('/metrics')).text());

describe('one stalled client of a hundred', () => {
  it('keeps no event from the other 99 while it is stalled, and has the whole log in order when it reads on', async () => {
    const { store, api, server } = running;
    const waiting: Socket[] = [];
    server.on('connection', (socket) => waiting.push(socket));
    await storeTask(store, 'crowd');
    const readers = await Promise.all(
      Array.from({ length: clients }, () => connectReader('crowd')),
    );
    const [stalled, ...others] = readers;
    if (stalled === undefined) throw new Error('There is no client');
    stalled.socket.pause();

    // Each event has to reach 99 clients before the next is stored: nobody waits for the hundredth.
    let codeVersion = 1;
    const storeOne = async () => {
      codeVersion += 1;
      await store.append('crowd', code(codeVersion, content));
      const count = 3 + codeVersion;
      await until(
        () => others.every(({ sequences }) => sequences.length === count),
        `99 clients have ${count} events`,
      );
    };
    while (!(await lagged())) await storeOne();
    // Behind the limit, nothing more is kept for it.
    for (let more = 0; more < 10; more += 1) await storeOne();
    expect(api.webSocketManager.clientCount()).toBe(clients);
    expect(stalled.sequences).toHaveLength(4);
    const kept = Math.max(...waiting.map(({ writableLength }) => writableLength));
    expect(kept).toBeLessThan(highWaterBytes + 2 * content.length);

    stalled.socket.resume();
    await until(
      () => stalled.sequences.length === 3 + codeVersion,
      'the stalled one has caught up',
    );
    await storeOne();
    await until(() => stalled.sequences.length === 3 + codeVersion, 'it follows live again');
    const log = (await store.getEvents('crowd')).map(({ sequence }) => sequence);
    for (const { sequences } of readers) expect(sequences).toEqual(log);

    for (const { socket } of readers) socket.terminate();
    await until(() => api.webSocketManager.clientCount() === 0);
    expect(running.errors).toEqual([]);
  }, 60_000);
});
