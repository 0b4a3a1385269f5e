import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { z } from 'zod';

/** Why a message could not be delivered to the server that owns the store, in words for the client. */
export function whyUndelivered(error: unknown): string {
  if (!(error instanceof StreamableHTTPError)) {
    return 'The server that owns the store cannot be reached';
  }
  return `The server that owns the store refuses it: ${saidIn(error.message)}`;
}

const rpcError = z.object({ error: z.object({ message: z.string() }) });
const problem = z.object({ detail: z.string() });

/** The SDK puts the whole body behind words of its own. */
function saidIn(message: string): string {
  try {
    const body: unknown = JSON.parse(message.slice(message.indexOf('{')));
    return rpcError.safeParse(body).data?.error.message ?? problem.parse(body).detail;
  } catch {
    return message;
  }
}
