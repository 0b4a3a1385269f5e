import { codingEvents, type Event } from '@org/events';
import { expect, it } from 'vitest';
import { mcpTools } from '../src/mcp/index.ts';
import { encodeEventData } from '../src/wire/index.ts';
import { propertiesOf } from './support/json-schema.ts';
import { runApi } from './support/running-api.ts';
import { code, created, planned } from './support/task-events.ts';

const snakeCase = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** Every name in a JSON value. */
function namesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(namesIn)];
}

it('the wire is snake_case: every name of every body, query, answer and tool, but for MCP’s own', async () => {
  await using running = await runApi();
  const names = running.api.routes.flatMap(({ params, query, body, answers }) => [
    ...[params, query, body?.schema].flatMap((taken) =>
      taken ? propertiesOf(taken, 'input') : [],
    ),
    ...Object.values(answers).flatMap(({ schema }) =>
      schema ? propertiesOf(schema, 'output') : [],
    ),
  ]);
  for (const { input, output } of mcpTools) {
    names.push(...propertiesOf(input, 'input'), ...(output ? propertiesOf(output, 'output') : []));
  }
  expect(names.length).toBeGreaterThan(200);
  const others = names.flatMap(({ name }) => (snakeCase.test(name) ? [] : [name]));
  expect(new Set(others)).toEqual(new Set(['_meta', 'structuredContent', 'isError']));
});

it.each([created(), planned, code(1)])('so is the data of $eventType', (event) => {
  const schema = codingEvents.definitions[event.eventType];
  const data = schema.parse(event.data);
  const names = namesIn(encodeEventData({ ...event, data } as Event));
  expect(names.filter((name) => !snakeCase.test(name))).toEqual([]);
});
