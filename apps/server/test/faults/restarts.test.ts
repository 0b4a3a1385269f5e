import { startOllamaStandIn } from '@org/models/testing';
import { expect, it } from 'vitest';
import { sumAnswers } from '../answers.ts';
import { type Json, request } from '../client.ts';
import { dataFolder, startServer } from '../server-process.ts';

it('100 restarts, stopped and killed by turns with work under way: one clear line each, nothing lost', async () => {
  await using standIn = await startOllamaStandIn({ script: sumAnswers, tokensPerSecond: 300 });
  await using data = await dataFolder();
  const created: string[] = [];
  let restarts = 0;
  for (; restarts < 100; restarts += 1) {
    await using server = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
    if (restarts % 5 === 0) {
      const { status, body } = await request(`${server.url}/tasks`, {
        body: { prompt: `Write a sum function, the ${restarts}th` },
      });
      expect(status).toBe(200);
      created.push(body.task_id);
    }
    expect((await request(`${server.url}/readyz`)).status).toBe(200);
    const code = await server.end(restarts % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
    expect(code).toBe(restarts % 2 === 0 ? 0 : null);
    if (restarts > 0) expect(server.stderr()).toBe('');
  }
  await using server = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
  for (const taskId of created) {
    for (;;) {
      const { body } = await request(`${server.url}/tasks/${taskId}`);
      expect(['created', 'planning', 'running', 'completed']).toContain(body.status);
      if (body.status === 'completed') break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { body: history } = await request(`${server.url}/tasks/${taskId}/events?limit=100`);
    const versions = history.items.map((event: Json) => event.version);
    expect(versions).toEqual(versions.map((_: number, index: number) => index + 1));
    const types = history.items.map((event: Json) => event.event_type);
    expect(types.filter((type: string) => type === 'TASK_COMPLETE')).toHaveLength(1);
    expect(types.filter((type: string) => type === 'CODE_GENERATED')).toHaveLength(2);
  }
  console.log(`${restarts} restarts, ${created.length} tasks, none lost or repeated`);
});
