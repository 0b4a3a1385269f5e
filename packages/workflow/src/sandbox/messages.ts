import { z } from 'zod';
import type { HarnessMessage } from './inside/protocol.ts';

const text = z.string().nullable();

const harnessMessage: z.ZodType<HarnessMessage> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('names'), names: z.array(z.string()) }),
  z.object({
    type: z.literal('load-failed'),
    file: z.string(),
    kind: z.enum(['syntax', 'crash']),
    message: z.string(),
  }),
  z.object({
    type: z.literal('result'),
    name: z.string(),
    status: z.enum(['passed', 'failed', 'skipped']),
    message: text,
    expected: text,
    actual: text,
    durationMs: z.number().min(0).nullable(),
  }),
  z.object({ type: z.literal('hook-failed'), suite: z.string(), message: z.string() }),
  z.object({ type: z.literal('tampered'), message: z.string() }),
  z.object({ type: z.literal('end'), results: z.number().int().min(0) }),
]);

/** What came over the separate pipe. `forged`: some of it was not written by the harness. */
export interface Messages {
  readonly messages: readonly HarnessMessage[];
  readonly forged: boolean;
}

/** Reads the lines that carry the nonce. A last line cut off by a kill is no forgery. */
export function parseMessages(received: string, nonce: string): Messages {
  const messages: HarnessMessage[] = [];
  let forged = false;
  const lines = received.split('\n');
  const cut = lines.pop() ?? '';
  if (cut !== '' && !cut.startsWith(nonce) && !nonce.startsWith(cut)) forged = true;
  for (const line of lines) {
    const message = line.startsWith(`${nonce} `) ? parse(line.slice(nonce.length + 1)) : null;
    if (message === null) forged = true;
    else messages.push(message);
  }
  return { messages, forged };
}

function parse(json: string): HarnessMessage | null {
  try {
    const parsed = harnessMessage.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
