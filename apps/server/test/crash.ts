import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type OllamaStandIn, startOllamaStandIn } from '@org/models/testing';
import { expect, vi } from 'vitest';
import { sumAnswers } from './answers.ts';
import { type Json, Listener, request } from './client.ts';
import { dataFolder, startServer } from './server-process.ts';

/** The events of the task of `sumAnswers`, killed or not. */
export const wholeHistory = [
  'TASK_CREATED',
  'TASK_STARTED',
  'PLANNING_COMPLETE',
  'MODULE_STARTED',
  'MODULE_ITERATION',
  'CODE_GENERATED',
  'TEST_STARTED',
  'TEST_FAILED',
  'MODULE_ITERATION',
  'CORRECTION_STARTED',
  'CODE_GENERATED',
  'CORRECTION_COMPLETED',
  'TEST_STARTED',
  'TEST_PASSED',
  'MODULE_COMPLETE',
  'TASK_COMPLETE',
];

/** When the server is killed: so many ms after a client has seen so many events of the task. */
export interface KillPoint {
  readonly afterEvents: number;
  readonly delayMs: number;
}

/**
 * Starts a server and a task, kills the server with SIGKILL at each of the points in turn, starts it
 * again on the same data, and checks that the task ends as if nothing had happened.
 */
export async function killAndRestart(points: readonly KillPoint[]): Promise<void> {
  await using standIn: OllamaStandIn = await startOllamaStandIn({
    script: sumAnswers,
    tokensPerSecond: 400,
  });
  await using data = await dataFolder();
  const options = { dataDir: data.path, ollamaHost: standIn.url };
  let taskId: string | null = null;
  for (const point of points) {
    await using server = await startServer(options);
    if (taskId === null) {
      const { body } = await request(`${server.url}/tasks`, {
        body: { prompt: 'Write a sum function' },
      });
      taskId = String(body.task_id);
    }
    await using listener = new Listener(socketUrl(server.url, taskId));
    await listener.countUntil(point.afterEvents, 'TASK_COMPLETE');
    await delay(point.delayMs);
    const children = descendants(server.child.pid ?? 0);
    await server.end('SIGKILL');
    await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: 10_000 });
  }
  await using server = await startServer(options);
  if (taskId === null) throw new Error('no task was started');
  await using listener = new Listener(socketUrl(server.url, taskId));
  await listener.until('TASK_COMPLETE');
  const { body: history } = await request(`${server.url}/tasks/${taskId}/events?limit=100`);
  const events: readonly Json[] = history.items;
  const types = events.map((event) => event.event_type);
  expect(types.filter((type) => type !== 'DEAD_CODE_ANALYSIS')).toEqual(wholeHistory);
  expect(events.map((event) => event.version)).toEqual(events.map((_, index) => index + 1));
  const versions = events
    .filter((event) => event.event_type === 'CODE_GENERATED')
    .map((event) => event.code_version);
  expect(versions).toEqual([1, 2]);
  expect(await server.end('SIGTERM')).toBe(0);
}

function socketUrl(url: string, taskId: string): string {
  return `${url.replace('http', 'ws')}/ws/${encodeURIComponent(taskId)}`;
}

/** All processes below one, by the kernel's table; empty where there is none. */
function descendants(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const entry of processTable()) {
    const stat = readStat(entry);
    if (stat !== null) parents.set(entry, stat.parent);
  }
  const below = (parent: number): readonly number[] =>
    [...parents].filter(([, p]) => p === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function processTable(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.state !== 'Z';
}

function readStat(pid: number): { readonly state: string; readonly parent: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}
