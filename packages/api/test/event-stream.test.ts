import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, runApi } from './support/running-api.ts';
import { complete, created, started, storeTask } from './support/task-events.ts';
import { until } from './support/until.ts';

let running: RunningApi;
beforeAll(async () => {
  running = await runApi();
});
afterAll(() => running[Symbol.asyncDispose]());

async function openStream(path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await running.get(path, { accept: 'text/event-stream', ...headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    response,
    ids: () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)),
    types: () => [...text.matchAll(/"type":"(\w+)"/g)].map(([, type]) => type),
    async readUntil(condition: (text: string) => boolean) {
      while (!condition(text)) text += (await reader?.read())?.value ?? '';
    },
    close: () => reader?.cancel(),
  };
}

describe('GET /tasks/:id/events as text/event-stream', () => {
  it('gives what is stored, says that it has caught up, and goes on live', async () => {
    const { firstSequence } = await storeTask(running.store, 'stream');
    const stream = await openStream('/tasks/stream/events');
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await stream.readUntil((text) => text.includes('caught_up'));
    await running.store.append('stream', complete);
    await stream.readUntil((text) => text.includes('TASK_COMPLETE'));
    expect(stream.ids()).toEqual([0, 1, 2, 3, 4].map((n) => firstSequence + n));
    await stream.close();
  });

  it('resumes by Last-Event-ID, or behind after_sequence', async () => {
    const { firstSequence } = await storeTask(running.store, 'again');
    const resumed = await openStream('/tasks/again/events?after_sequence=0', {
      'last-event-id': String(firstSequence + 2),
    });
    await resumed.readUntil((text) => text.includes('caught_up'));
    expect(resumed.ids()).toEqual([firstSequence + 3]);
    await resumed.close();
    const after = await openStream(`/tasks/again/events?after_sequence=${firstSequence + 1}`);
    await after.readUntil((text) => text.includes('caught_up'));
    expect(after.ids()).toEqual([firstSequence + 2, firstSequence + 3]);
    await after.close();
  });

  it('tells that a task waits', async () => {
    await running.store.append('idle', created());
    const stream = await openStream('/tasks/idle/events');
    await stream.readUntil((text) => text.includes('"waiting"'));
    await running.store.append('idle', started);
    await stream.readUntil((text) => text.includes('TASK_STARTED'));
    expect(stream.types()).toEqual(['event', 'caught_up', 'waiting', 'event']);
    await stream.close();
  });

  it.each(['limit=1', 'event_types=TASK_CREATED'])(
    'refuses what is said of a page: %s',
    async (query) => {
      await storeTask(running.store, `page ${query}`);
      const path = `/tasks/${encodeURIComponent(`page ${query}`)}/events?${query}`;
      const response = await running.get(path, { accept: 'text/event-stream' });
      const field = query.split('=')[0];
      expect([response.status, await response.json()]).toEqual([
        400,
        expect.objectContaining({ detail: `${field}: is for pages; an event stream has them all` }),
      ]);
    },
  );

  it('answers 404 for an unknown task, and leaves nothing when a client goes', async () => {
    const unknown = await running.get('/tasks/none/events', { accept: 'text/event-stream' });
    expect(unknown.status).toBe(404);
    await unknown.text();
    await until(() => running.api.services.feed.followedTasks === 0);
  });

  it('answers HEAD without a body', async () => {
    await storeTask(running.store, 'head');
    const response = await fetch(`${running.url}/tasks/head/events`, {
      method: 'HEAD',
      headers: { accept: 'text/event-stream' },
    });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});
