import type { ServerResponse } from 'node:http';
import type { StandInFault } from '../script.ts';

/** How much of the answer a fault lets through: without `afterTokens` nothing. */
export function tokensBefore(fault: StandInFault): number | undefined {
  switch (fault.kind) {
    case 'reset':
    case 'cut':
    case 'not-done':
    case 'stream-error':
    case 'malformed':
    case 'stall':
      return fault.afterTokens ?? 0;
    case 'busy':
    case 'server-error':
    case 'no-counts':
    case 'split':
    case 'ignore-window':
      return undefined;
  }
}

/** Ends an answer the way a fault ends it; false when the fault does not end it. */
export async function breakOff(
  response: ServerResponse,
  fault: StandInFault,
  { signal, begun }: { readonly signal: AbortSignal; readonly begun: boolean },
): Promise<boolean> {
  switch (fault.kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'cut':
      response.end();
      return true;
    case 'stream-error':
      response.end(
        `${JSON.stringify({ error: fault.message ?? 'an error was encountered while running the model' })}\n`,
      );
      return true;
    case 'malformed':
      if (!begun) response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
      response.end('<html>this is no JSON</html>\n');
      return true;
    case 'stall':
      if (begun) response.flushHeaders();
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      return true;
    case 'busy':
    case 'server-error':
    case 'not-done':
    case 'no-counts':
    case 'split':
    case 'ignore-window':
      return false;
  }
}
