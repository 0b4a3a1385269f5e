import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { compose } from '../compose.ts';
import type { Config } from '../config.ts';
import { dataPaths } from '../data-folder.ts';
import { exitCodes } from '../errors.ts';
import { createLogger } from '../logger.ts';
import { writtenPrompt } from './answers.ts';
import { Progress } from './progress.ts';
import { startWrittenAnswers } from './stand-in.ts';
import { say } from './terminal.ts';

/**
 * The main job once, from an empty machine: the server with everything real but the model, one task
 * over REST, its events over WebSocket, its end over REST and MCP. Gives the exit code.
 */
export async function demo(config: Config): Promise<number> {
  const dataDir = join(
    config.dataDir,
    `demo-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}`,
  );
  const standIn = await startWrittenAnswers({ tokensPerSecond: 150 });
  try {
    // With a token it is let in also where no sandbox keeps generated code off the network.
    const token = config.token ?? randomUUID();
    return await demoTask({ ...config, ...standIn.settings, dataDir, token }, token);
  } finally {
    await standIn.close();
  }
}

async function demoTask(config: Config, token: string): Promise<number> {
  const { get, post } = client(token);
  say.title('A coding task, from its first event to its last');
  say.line(
    `The model is a STAND-IN with written answers at ${config.ollamaHost} (no weights are needed).`,
  );
  say.line(
    'Everything else is real: event log, queue, contexts, Ollama client, sandbox, tests, server.',
  );

  const progress = new Progress();
  const server = await compose({
    config: { ...config, host: '127.0.0.1', port: 0 },
    mode: 'demo',
    logger: createLogger({ level: 'error', destination: 'stderr' }),
    hooks: progress.hooks,
    signal: AbortSignal.timeout(60_000),
  });
  try {
    const sandbox = sandboxOf(await get(`${server.url}/health`));
    say.line(`Server: ${server.url}   Sandbox: ${sandbox}`);
    say.title(`POST /tasks  "${writtenPrompt}"`);
    const created = await post(`${server.url}/tasks`, {
      prompt: writtenPrompt,
      language: 'typescript',
    });
    const taskId = field(created, 'task_id');
    await progress.follow(field(created, 'websocket_url'), token);

    const task = await get(`${server.url}/tasks/${taskId}`);
    const { structuredContent: seenByMcp } = await post(`${server.url}/mcp/tools/call`, {
      name: 'get_task_status',
      arguments: { task_id: taskId },
    });
    const files = await get(`${server.url}/tasks/${taskId}/files`);
    say.title('What came of it');
    const said = (seen: unknown): string =>
      `${field(seen, 'status')}, version ${field(seen, 'version')}, code version ${field(seen, 'code_version')}`;
    say.line(`REST: ${said(task)}`);
    say.line(`MCP:  ${said(seenByMcp)}`);
    progress.summary();
    say.title('Where things are');
    say.line(`Code:     ${server.codeFolder(taskId)}`);
    for (const file of items(files))
      say.line(`          ${field(file, 'path')} (version ${field(file, 'code_version')})`);
    const log = dataPaths(config.dataDir).events;
    say.line(`Log:      ${log}`);
    say.line(`History:  pnpm events inspect '${log}'`);
    say.title('With a real model');
    say.line('Install Ollama, then:  ollama pull mistral:7b && ollama pull qwen3:8b');
    say.line('and start the server:  pnpm start        (OLLAMA_HOST names another machine)');
    return task.status === 'completed' && progress.failedRuns > 0 ? exitCodes.ok : exitCodes.failed;
  } finally {
    await server.close();
  }
}

type Json = Readonly<Record<string, unknown>>;

function client(token: string) {
  const authorization = `Bearer ${token}`;
  return {
    get: async (url: string) => answer(await fetch(url, { headers: { authorization } })),
    post: async (url: string, body: Json) =>
      answer(
        await fetch(url, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
  };
}

async function answer(response: Response): Promise<Json> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  // Every answer of the server is a JSON object; fields are read one by one below.
  return JSON.parse(text) as Json;
}

function sandboxOf(health: Json): string {
  const checks = Array.isArray(health.checks) ? health.checks : [];
  return field(
    checks.find((check) => field(check, 'name') === 'sandbox'),
    'detail',
  );
}

/** A field of an answer as text; empty where it is neither text nor a number. */
function field(value: unknown, name: string): string {
  const found: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : '';
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

function items(page: Json): readonly unknown[] {
  const list = page.items ?? page.files;
  return Array.isArray(list) ? list : [];
}
