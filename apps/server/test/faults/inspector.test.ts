import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startOllamaStandIn } from '@org/models/testing';
import { describe, expect, it } from 'vitest';
import { sumAnswers } from '../answers.ts';
import { type Json, request } from '../client.ts';
import { dataFolder, startServer } from '../server-process.ts';

/** Not among our dependencies: it weighs 110 MB. npx fetches it, or has it. */
const inspector = ['--yes', '@modelcontextprotocol/inspector@2.12.0', '--cli'];
const run = promisify(execFile);

async function inspect(...args: readonly string[]): Promise<Json> {
  const { stdout } = await run('npx', [...inspector, ...args, '--format', 'json'], {
    timeout: 60_000,
    maxBuffer: 16_000_000,
  });
  return JSON.parse(stdout).result;
}

const isThere = await run('npx', [...inspector, '--help'], { timeout: 120_000 }).then(
  () => true,
  () => false,
);
if (!isThere) console.warn('SKIPPED 2: npx could not get the MCP inspector');

describe.skipIf(!isThere)('the command line of the MCP inspector', () => {
  it.each(['http', 'stdio'])('lists and calls every tool over %s', async (door) => {
    await using standIn = await startOllamaStandIn({ script: sumAnswers });
    await using data = await dataFolder();
    await using server = await startServer({ dataDir: data.path, ollamaHost: standIn.url });
    const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));
    const target =
      door === 'http'
        ? [`${server.url}/mcp`, '--transport', 'http']
        : [process.execPath, '--conditions=@org/source', main, '--data-dir', data.path];
    const { tools } = await inspect(...target, '--method', 'tools/list');
    const called: string[] = [];
    const call = async (name: string, input: Readonly<Record<string, string>>) => {
      called.push(name);
      const args = Object.entries(input).flatMap(([key, value]) => [
        '--tool-arg',
        `${key}=${value}`,
      ]);
      const tool = ['--method', 'tools/call', '--tool-name', name];
      const { structuredContent, isError } = await inspect(...target, ...tool, ...args);
      expect(isError ?? false, name).toBe(false);
      return structuredContent;
    };
    const task = { task_id: 'inspected' };
    await call('start_coding_task', { ...task, prompt: 'Write a sum function' });
    const ended = await call('wait_for_task', { ...task, timeout_seconds: '20' });
    expect(ended.task.status).toBe('completed');
    await call('get_task_status', task);
    await call('list_tasks', { limit: '1' });
    await call('get_task_events', { ...task, limit: '1' });
    await call('get_task_code', task);
    const { body } = await request(`${server.url}/tasks/inspected/events`);
    const [plan] = body.items.flatMap((event: Json) => event.data.calls ?? []);
    await call('explain_context', { ...task, call_id: plan.call_id });
    const report = { description: 'It was wrong', code_version: '1' };
    expect(await call('report_bug', { ...task, ...report })).toMatchObject({ accepted: false });
    const paused = { task_id: 'paused' };
    await request(`${server.url}/tasks`, { body: { ...paused, prompt: 'Write a sum function' } });
    await request(`${server.url}/tasks/paused/interventions`, { body: { kind: 'pause' } });
    await call('send_intervention', { ...paused, kind: 'guidance', text: 'Mind the sign' });
    await call('cancel_task', paused);
    expect(called.sort()).toEqual(tools.map((tool: Json) => tool.name).sort());
  });
});
