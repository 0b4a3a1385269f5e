import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type RunningApi, runApi } from './support/running-api.ts';
import { connectWs } from './support/ws-client.ts';

const token = 'correct-horse-battery-staple';

let running: RunningApi;
beforeAll(async () => {
  running = await runApi({ auth: { token, sandboxBlocksNetwork: false } });
});
afterAll(() => running[Symbol.asyncDispose]());

const others: Readonly<Record<string, string>> = {
  'its beginning': token.slice(0, -1),
  'its end': token.slice(1),
  'it and something more': `${token}!`,
  'it twice': token + token,
  'one letter': 'c',
  'another of the same length': token.replace('horse', 'house'),
  'it in capitals': token.toUpperCase(),
  'it with a letter that needs two bytes': token.replace('o', 'ö'),
  'it with a letter whose low seven bits are the same': token.replace('o', '\u00ef'),
  'a very long one': 'x'.repeat(8_000),
};

it.each(Object.keys(others))('is the token whole: %s lets nobody in', async (name) => {
  const headers = { authorization: `Bearer ${others[name]}` };
  const { status } = await running.get('/tasks', headers);
  const client = connectWs(running.webSocketUrl('t'), { headers });
  await client.isClosed();
  expect([status, client.refused, running.errors]).toEqual([401, 401, []]);
});

it('is told apart: none is asked for, a wrong one is said to be wrong', async () => {
  const refusal = async (headers?: Record<string, string>) => {
    const response = await running.get('/tasks', headers);
    const { detail } = z.object({ detail: z.string() }).parse(await response.json());
    return [response.status, response.headers.get('www-authenticate'), detail];
  };
  const none = [401, 'Bearer', 'Send the header: Authorization: Bearer <token>'];
  expect(await refusal()).toEqual(none);
  expect(await refusal({ authorization: 'Basic YTpi' })).toEqual(none);
  expect(await refusal({ authorization: 'Bearer of-another-server' })).toEqual([
    401,
    'Bearer error="invalid_token"',
    'The token given is not this server’s',
  ]);
});

it('lets in who has it, whatever the letters of "bearer" and the blanks behind', async () => {
  for (const authorization of [`Bearer ${token}`, `bearer  ${token} `])
    expect((await running.get('/tasks', { authorization })).status).toBe(200);
});
