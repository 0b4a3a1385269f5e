import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { expect, it } from 'vitest';
import { createReplayLog, type ReplayLogOptions } from '../src/mcp/replay-log.ts';

const answerOf = (id: number, characters = 0): JSONRPCMessage => ({
  jsonrpc: '2.0',
  id,
  result: { text: 'x'.repeat(characters) },
});

/** Stores answers, and gives the ids of those that come after the first again. */
async function resumed(
  limits: Pick<ReplayLogOptions, 'size' | 'length'>,
  answers: readonly JSONRPCMessage[],
): Promise<unknown[]> {
  const log = createReplayLog({ headSequence: () => 1, missedSince: async () => [], ...limits });
  const first = await log.storeEvent('stream', answerOf(0));
  for (const message of answers) await log.storeEvent('stream', message);
  const again: JSONRPCMessage[] = [];
  await log.replayEventsAfter(first, { send: async (_id, message) => void again.push(message) });
  return again;
}

it('gives again what was sent after an id, as it was', async () => {
  const answers = [answerOf(1), answerOf(2, 10)];
  expect(await resumed({}, answers)).toEqual(answers);
});

it('keeps the newest, so many and of so many characters together', async () => {
  const answers = [answerOf(1, 400), answerOf(2, 400), answerOf(3, 400)];
  expect(await resumed({ size: 2 }, answers)).toEqual(answers.slice(1));
  expect(await resumed({ length: 1_000 }, answers)).toEqual(answers.slice(1));
});

it('keeps the newest however long it is', async () => {
  const answers = [answerOf(1, 10), answerOf(2, 5_000)];
  expect(await resumed({ length: 1_000 }, answers)).toEqual(answers.slice(1));
});
