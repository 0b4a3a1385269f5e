import { expect, it, vi } from 'vitest';
import { runApi } from './support/running-api.ts';
import { code, storeTask } from './support/task-events.ts';
import { connectWs } from './support/ws-client.ts';

it('an event is made JSON once, however many clients follow it', async () => {
  await using running = await runApi();
  await storeTask(running.store, 'shared');
  const clients = Array.from({ length: 10 }, () => connectWs(running.webSocketUrl('shared')));
  await Promise.all(clients.map((client) => client.caughtUp()));
  const stringify = vi.spyOn(JSON, 'stringify');
  try {
    await running.store.append('shared', code(2, '// only this once'));
    await Promise.all(clients.map((client) => client.hasEvents(5)));
    const texts = stringify.mock.results.map(({ value }) => String(value));
    const messages = texts.filter(
      (text) => text.startsWith('{"type":"event"') && text.includes('only this once'),
    );
    expect(messages).toHaveLength(1);
  } finally {
    stringify.mockRestore();
  }
  for (const { socket } of clients) socket.terminate();
});

it('a client that offers compression is served without: frames are shared, and deflating them costs memory', async () => {
  await using running = await runApi();
  await storeTask(running.store, 'plain');
  const client = connectWs(running.webSocketUrl('plain'), { perMessageDeflate: true });
  await client.caughtUp();
  expect(client.socket.extensions).toBe('');
  client.socket.terminate();
});
