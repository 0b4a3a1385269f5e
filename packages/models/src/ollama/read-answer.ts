import type { ChatRequest } from 'ollama';
import {
  IncompleteResponseError,
  MalformedResponseError,
  StreamCutError,
  StreamFailedError,
} from '../errors.ts';
import type { GenerateRequest, GenerateResult } from '../language-model.ts';
import { stripThinking } from '../strip-thinking.ts';
import { type ChatLine, chatLine, collectAnswer } from './chat-answer.ts';
import { isConnectionLoss } from './failure.ts';
import type { RequestContext, RunningRequest } from './request.ts';

export type Answer = Pick<GenerateResult, 'text' | 'thinking' | 'finish' | 'usage'>;

/** Asks and reads the stream to its end; each way in which it can end early has its own error. */
export async function readAnswer(
  call: {
    readonly context: RequestContext;
    readonly body: ChatRequest;
    readonly onToken: NonNullable<GenerateRequest['onToken']>;
  },
  { client, exchange, heard }: RunningRequest,
): Promise<Answer> {
  const { model, host } = call.context;
  const answer = collectAnswer();
  const stream = await client.chat({ ...call.body, stream: true });
  try {
    for await (const part of stream) {
      const deltas = answer.add(parseLine(part, host));
      if (deltas.length > 0) heard();
      deltas.forEach(call.onToken);
    }
  } catch (error) {
    const partialText = answer.text();
    if (exchange.errorLine !== null)
      throw new StreamFailedError({ model, detail: exchange.errorLine, partialText, cause: error });
    if (isConnectionLoss(error))
      throw new StreamCutError({ model, how: 'reset', partialText, cause: error });
    if (answer.result() || !endedWithoutDone(error)) throw error;
    throw exchange.contentType.startsWith('application/json')
      ? new IncompleteResponseError({ model, partialText })
      : new StreamCutError({ model, how: 'ended', partialText, cause: error });
  }
  const result = answer.result();
  if (result === undefined)
    throw new StreamCutError({ model, how: 'ended', partialText: answer.text() });
  const separated = stripThinking(result.text);
  return {
    ...result,
    text: separated.text,
    thinking:
      [result.thinking, separated.thinking].filter((part) => part !== null).join('\n') || null,
  };
}

/** The client has no class for it; its words have been the same since 0.5. */
function endedWithoutDone(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Did not receive done');
}

/** A line of a stream, checked. */
export function parseLine(line: unknown, host: string): ChatLine {
  const parsed = chatLine.safeParse(line);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ');
  throw new MalformedResponseError({ host, detail });
}
