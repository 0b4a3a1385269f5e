import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOllamaStandIn } from '@org/models/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sumAnswers } from '../answers.ts';
import { type Json, Listener, request } from '../client.ts';
import { startServer } from '../server-process.ts';

let folder: string | null = null;

beforeAll(() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return;
  const path = mkdtempSync(join(tmpdir(), 'full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', path], { stdio: 'ignore' });
    folder = path;
  } catch {
    rmSync(path, { recursive: true, force: true });
  }
});
afterAll(() => {
  if (folder === null) return;
  execFileSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true, force: true });
});

describe('a full disk', () => {
  it('degrades the server, which tells so and goes on when there is space again', async (context) => {
    if (folder === null) {
      console.warn('SKIPPED 1: a small file system could not be mounted (needs root on Linux)');
      return context.skip();
    }
    await using standIn = await startOllamaStandIn({ script: sumAnswers, tokensPerSecond: 60 });
    await using server = await startServer({
      dataDir: join(folder, 'data'),
      ollamaHost: standIn.url,
    });
    const { body: task } = await request(`${server.url}/tasks`, {
      body: { prompt: 'Write a sum function' },
    });
    await using listener = new Listener(task.websocket_url);
    await listener.until('TASK_STARTED');
    const ballast = join(folder, 'ballast');
    expect(() => writeFileSync(ballast, Buffer.alloc(64 << 20))).toThrow('ENOSPC');

    const refused = await vi.waitFor(
      async () => {
        const answer = await request(`${server.url}/tasks`, {
          body: { prompt: 'x'.repeat(50_000), task_id: 'refused' },
        });
        expect(answer.status).toBe(503);
        return answer;
      },
      { timeout: 60_000, interval: 20 },
    );
    expect(refused.headers.get('retry-after')).not.toBeNull();
    const health = await request(`${server.url}/health`);
    expect(health.status).toBe(503);
    expect(health.body.checks.find((check: Json) => check.name === 'store').status).not.toBe('ok');
    // What is there can be read meanwhile.
    expect((await request(`${server.url}/tasks/${task.task_id}`)).status).toBe(200);

    rmSync(ballast);
    await listener.until('TASK_COMPLETE');
    await vi.waitFor(async () => expect((await request(`${server.url}/health`)).status).toBe(200), {
      timeout: 30_000,
      interval: 100,
    });
    expect((await request(`${server.url}/tasks/refused`)).status).toBe(404);
    const { body: history } = await request(`${server.url}/tasks/${task.task_id}/events?limit=100`);
    const versions = history.items.map((event: Json) => event.version);
    expect(versions).toEqual(versions.map((_: number, index: number) => index + 1));
    expect(await server.end()).toBe(0);
  });
});
