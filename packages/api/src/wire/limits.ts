import { maxTaskIdLength } from '@org/events';

/** What one request may carry; beyond it the answer is 400 or 413 and names the limit. */
export const wireLimits = {
  /** UTF-16 units, so that 100 000 emoji fit. */
  promptLength: 200_000,
  answers: 1_000,
  answerLength: 20_000,
  files: 500,
  fileLength: 1_000_000,
  taskIdLength: maxTaskIdLength,
  textLength: 100_000,
  planModules: 200,
  idempotencyKeyLength: 255,
  pageSize: 500,
  /** Of the payloads of a page of events, in UTF-16 units of JSON; one that is larger is a page of its own. */
  pageLength: 4_194_304,
  /** Of the parameters of MCP's `initialize`, and of the resources subscribed to: both are stored with the session. */
  initializeLength: 65_536,
  subscriptionsLength: 262_144,
} as const;
