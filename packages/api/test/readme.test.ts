import { readFile } from 'node:fs/promises';
import * as http from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import * as events from '@org/events';
import express from 'express';
import { describe, expect, it } from 'vitest';
import * as client from '../src/client/index.ts';
import * as api from '../src/index.ts';
import { portErrorStatus } from '../src/index.ts';
import * as mcp from '../src/mcp/index.ts';
import * as testing from '../src/testing/index.ts';
import { wireLimits } from '../src/wire/index.ts';
import { runApi } from './support/running-api.ts';
import { until } from './support/until.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const snippets = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);

/** Runs a snippet as the reader would, with these modules in place of the installed ones. */
async function run(code: string): Promise<string[]> {
  const printed: string[] = [];
  const body = stripTypeScriptTypes(
    code.replace(
      /import (?:\{([^}]*)\}|(\w+)) from '([^']*)';/g,
      (_all, names, whole, from) =>
        `const ${whole ?? `{${names}}`} = modules[${JSON.stringify(from)}];`,
    ),
  );
  const modules = {
    '@org/api': api,
    '@org/api/client': client,
    '@org/api/mcp': mcp,
    '@org/api/testing': testing,
    '@org/events': events,
    'node:http': http,
    express,
  };
  const print = { log: (...values: unknown[]) => void printed.push(values.join(' ')) };
  // The constructor of async functions has no name of its own.
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction('modules', 'console', body)(modules, print);
  return printed;
}

describe('the README', () => {
  it('runs its first snippet: a task is started', async () => {
    await using free = await runApi();
    const { port } = free;
    await free[Symbol.asyncDispose]();
    const printed = await run((snippets[0] ?? '').replaceAll('9876', String(port)));
    await until(() => printed.length > 0);
    expect(printed).toEqual(['200 created true']);
  });

  it('runs its client snippet against a server', async () => {
    await using running = await runApi();
    await running.post('/tasks', { prompt: 'p', task_id: 'task-7f3a' });
    const following = (snippets[1] ?? '')
      .replaceAll('9876', String(running.port))
      .replace('subscription.close();', 'done(subscription);');
    const code = `const done = (s) => setTimeout(() => s.close(), 150);\n${following}`;
    const printed = await run(code);
    await until(() => printed.includes('closed'));
    expect(printed).toEqual(['catching-up', '1 TASK_CREATED', 'live', 'waiting', 'closed']);
  });

  it('runs its other snippets', async () => {
    expect(snippets).toHaveLength(4);
    expect(await run(snippets[2] ?? '')).toEqual(['start_coding_task, get_task_status']);
    expect(await run(snippets[3] ?? '')).toEqual(['false 3']);
  });

  it('names every code of the ports, with the status that it is answered with', () => {
    for (const [code, status] of Object.entries(portErrorStatus)) {
      const row = readme
        .split('\n')
        .find((line) => line.startsWith('|') && line.includes(`\`${code}\``));
      expect(row, code).toContain(String(status));
    }
  });

  it('names the limits as they are', () => {
    const numbers = [
      wireLimits.promptLength,
      wireLimits.answers,
      wireLimits.answerLength,
      wireLimits.files,
      wireLimits.fileLength,
    ];
    for (const number of numbers) {
      expect(readme).toContain(String(number).replace(/\B(?=(\d{3})+$)/g, ' '));
    }
  });
});
