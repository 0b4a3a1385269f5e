import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { mcpTools } from '../src/mcp/index.ts';
import { problemSchema } from '../src/wire/index.ts';
import { answer } from './support/answer.ts';
import { propertiesOf } from './support/json-schema.ts';
import { type RunningApi, runApi } from './support/running-api.ts';
import { storeTask } from './support/task-events.ts';
import { connectWs } from './support/ws-client.ts';

const optionalOf = (schema: z.ZodType) =>
  propertiesOf(schema, 'output').flatMap(({ path, isRequired }) => (isRequired ? [] : [path]));

let running: RunningApi;
beforeAll(async () => {
  running = await runApi();
});
afterAll(() => running[Symbol.asyncDispose]());

describe('absent values are null, never left out', () => {
  it('by the schema of every answer of every route, but for MCP’s own structuredContent', () => {
    const answers = running.api.routes.flatMap(({ path, answers: specs }) =>
      Object.values(specs).flatMap(({ schema }) =>
        schema ? optionalOf(schema).map((name) => path + name) : [],
      ),
    );
    expect(answers).toEqual(['/mcp/tools/call.structuredContent']);
  });

  it('by the schema of every tool’s output', () => {
    const outputs = mcpTools.flatMap(({ name, output }) =>
      output ? optionalOf(output).map((field) => name + field) : [],
    );
    expect(outputs).toEqual([]);
  });

  it('in a problem only what its type does not have is left out (RFC 9457 § 3.2)', () => {
    const members = ['type', 'title', 'status', 'detail', 'instance'];
    expect(optionalOf(problemSchema).filter((name) => members.includes(name.slice(1)))).toEqual([]);
  });

  it('in the data of events, however they are read: pages, event stream, WebSocket, MCP', async () => {
    await storeTask(running.store, 'sparse');
    const page = await answer(running.get('/tasks/sparse/events?event_types=CODE_GENERATED'));
    const client = connectWs(running.webSocketUrl('sparse'));
    await client.caughtUp();
    client.socket.close();
    const cut = new AbortController();
    const stream = await fetch(`${running.url}/tasks/sparse/events`, {
      headers: { accept: 'text/event-stream' },
      signal: cut.signal,
    });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('caught_up')) text += (await reader?.read())?.value ?? '';
    await reader?.cancel();
    const tool = await running.post('/mcp/tools/call', {
      name: 'get_task_events',
      arguments: { task_id: 'sparse', event_types: ['CODE_GENERATED'] },
    });
    const streamed = /^data: (.*CODE_GENERATED.*)$/m.exec(text)?.[1] ?? '';
    const read = [page.body.items[0], client.events[3], JSON.parse(streamed)];
    read.push(JSON.parse(await tool.text()).structuredContent.items[0]);
    for (const event of read) {
      expect(event.data.calls[0].prompt).toMatchObject({
        included: [{ ref: 'event:1', layer: 'current', tokens: 12, form: null, kept: null }],
        request: null,
      });
    }
  });
});
