import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { runApi } from './support/running-api.ts';

const get = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';
const bye = 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** The status lines of all answers to what is written to one connection at once. */
async function statuses(port: number, requests: string): Promise<readonly string[]> {
  const socket = connect(port, '127.0.0.1');
  socket.write(requests);
  return (await text(socket)).match(/(?<=HTTP\/1\.1 )\d+/g) ?? [];
}

it('answers a hundred requests that come at once on one connection; the next is refused and closes it', async () => {
  await using running = await runApi();
  expect(await statuses(running.port, get.repeat(99) + bye)).toEqual(Array(100).fill('200'));
  expect(await statuses(running.port, get.repeat(300))).toEqual([
    ...Array<string>(100).fill('200'),
    '503',
  ]);
});

it('answers any number of requests on one connection, one after the other', async () => {
  await using running = await runApi();
  const socket = connect(running.port, '127.0.0.1');
  let answers = 0;
  for await (const chunk of socket.setEncoding('utf8').on('ready', () => socket.write(get))) {
    answers += String(chunk).split('HTTP/1.1 200').length - 1;
    if (answers === 250) break;
    socket.write(get);
  }
  expect(answers).toBe(250);
});
