import { codingEvents, createMemoryEventStore } from '@org/events';
import { expect, it } from 'vitest';
import { createEventBackedTasks, portError } from '../src/testing/index.ts';
import { answer } from './support/answer.ts';
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
