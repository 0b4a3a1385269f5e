import { codingEvents, createMemoryEventStore } from '@org/events';
import { expect, it } from 'vitest';
import { createEventBackedTasks, portError } from '../src/testing/index.ts';
import { answer } from './support/answer.ts';
import { connectMcp, httpTransport } from './support/mcp-client.ts';
import { runApi } from './support/running-api.ts';

it('what a port says of a field is told as it stands, behind the field’s name', async () => {
  const message = 'prompt: is what it begins with';
  const tasks = {
    ...createEventBackedTasks(createMemoryEventStore(codingEvents)),
    start: () => Promise.reject(portError('INVALID_TASK', message, { field: 'prompt' })),
  };
  await using running = await runApi({ tasks });
  const { status, body } = await answer(running.post('/tasks', { prompt: 'p' }));
  expect([status, body.detail, body.errors]).toEqual([
    400,
    `prompt: ${message}`,
    [{ field: 'prompt', message }],
  ]);
});

it('what is asked of an ended task is refused by REST and by MCP in the port’s words', async () => {
  const message = 'The task has completed; it takes no guidance.';
  const tasks = {
    ...createEventBackedTasks(createMemoryEventStore(codingEvents)),
    intervene: () => Promise.reject(portError('TASK_ENDED', message)),
  };
  await using running = await runApi({ tasks });
  const guidance = { kind: 'guidance', text: 'be brief' };
  const { status, body } = await answer(running.post('/tasks/t/interventions', guidance));
  expect([status, body.type, body.detail]).toEqual([409, '/problems/task-ended', message]);
  await using mcp = await connectMcp(httpTransport(`${running.url}/mcp`));
  const call = { name: 'send_intervention', arguments: { task_id: 't', ...guidance } };
  expect(await mcp.client.callTool(call)).toMatchObject({
    isError: true,
    content: [{ text: `task-ended: ${message}` }],
  });
});
