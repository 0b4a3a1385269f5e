import { describe, expect, it } from 'vitest';
import { type Json, Listener, request } from './client.ts';
import { dataFolder, startServer } from './server-process.ts';

const nobody = 'http://127.0.0.1:9';
const known = 'Build an email and phone validator module';

/** A server without any Ollama, and how a task goes on it. */
async function standInServer(dataDir: string) {
  const server = await startServer({
    dataDir,
    ollamaHost: nobody,
    args: ['--stand-in', '--embedding-model', 'nomic-embed-text'],
    env: { ORCHESTRATOR_TOKEN: token },
  });
  return {
    server,
    async run(body: Json, until: string): Promise<Json> {
      const { body: task } = await request(`${server.url}/tasks`, { headers, body });
      await using listener = new Listener(task.websocket_url, headers);
      await listener.until(until);
      return (await request(`${server.url}/tasks/${task.task_id}`, { headers })).body;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const token = 'a-token-for-where-there-is-no-sandbox';
const headers = { authorization: `Bearer ${token}` };

describe('--stand-in', () => {
  it('does the task of the README without Ollama, and says that no model answers', async () => {
    await using data = await dataFolder();
    await using standIn = await standInServer(data.path);
    const { log, url } = standIn.server;
    expect(log.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('STAND-IN'));
    const { body: health } = await request(`${url}/health`, { headers });
    expect(JSON.stringify(health)).toContain('a stand-in with written answers');
    const task = await standIn.run({ prompt: known, language: 'typescript' }, 'TASK_COMPLETE');
    expect([task.status, task.error]).toEqual(['completed', null]);
  }, 60_000);

  it('does it in JavaScript too, which is what a task is written in that names no language', async () => {
    await using data = await dataFolder();
    await using standIn = await standInServer(data.path);
    const { language, status, modules } = await standIn.run({ prompt: known }, 'TASK_COMPLETE');
    expect([language, status]).toEqual(['javascript', 'completed']);
    const versions = modules.map(({ name, iterations }: Json) => [name, iterations]);
    expect(versions).toEqual([
      ['email.js', 1],
      ['phone.js', 2],
      ['validators.js', 1],
    ]);
  }, 60_000);

  it('says of a bug that is reported that it has no answer to it, and leaves the code as it was', async () => {
    await using data = await dataFolder();
    await using standIn = await standInServer(data.path);
    const { task_id, code_hash } = await standIn.run({ prompt: known }, 'TASK_COMPLETE');
    const url = `${standIn.server.url}/tasks/${task_id}`;
    await using listener = new Listener(
      `${url.replace('http', 'ws').replace('tasks', 'ws')}`,
      headers,
    );
    const body = { description: 'An address with a space is accepted' };
    expect((await request(`${url}/bug-reports`, { headers, body })).status).toBe(200);
    await listener.until('TASK_FAILED');
    const { body: task } = await request(url, { headers });
    expect(task).toMatchObject({
      status: 'failed',
      code_hash,
      error: { reason: 'model-unusable' },
    });
    expect(task.error.message).toContain('started with --stand-in: there is no model');
    expect(task.error.message).toContain('The bug report has changed nothing in the code.');
  }, 60_000);

  it('asks back at any other task, saying which one it has answers for, and stays so when it reads its configuration again', async () => {
    await using data = await dataFolder();
    await using standIn = await standInServer(data.path);
    const { child, log } = standIn.server;
    child.kill('SIGHUP');
    await expect
      .poll(() => log.map(({ msg }) => msg), { timeout: 15_000 })
      .toContain('models reconfigured');
    for (const other of [{ prompt: 'Draw a chess board' }, { prompt: known, language: 'python' }]) {
      const { status, questions } = await standIn.run(other, 'PLANNING_COMPLETE');
      expect([status, questions]).toEqual([
        'waiting',
        [expect.objectContaining({ text: expect.stringContaining(known) })],
      ]);
    }
    expect(await standIn.server.end()).toBe(0);
  });
});
