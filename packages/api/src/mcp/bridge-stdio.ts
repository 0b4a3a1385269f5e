import type { Readable, Writable } from 'node:stream';
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { InitializeResultSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

export interface BridgeStdioOptions {
  /** The MCP endpoint of the process that owns the store: `http://127.0.0.1:9876/mcp`. */
  readonly url: string;
  readonly token?: string;
  /** @default process.stdin */
  readonly stdin?: Readable;
  /** @default process.stdout */
  readonly stdout?: Writable;
  readonly onError?: (error: unknown) => void;
}

export interface StdioBridge {
  /** Resolves with who of the two has gone. */
  readonly closed: Promise<'client' | 'server'>;
  close(): Promise<void>;
}

/**
 * Lets a client on standard input and output speak to a server elsewhere: for a second process that
 * must not open the store which another one owns. Every message is passed on as it is.
 */
export async function bridgeStdio(options: BridgeStdioOptions): Promise<StdioBridge> {
  const {
    url,
    token,
    stdin = process.stdin,
    stdout = process.stdout,
    onError = () => {},
  } = options;
  const near = new StdioServerTransport(stdin, stdout);
  const far = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } },
  });
  let settle: (who: 'client' | 'server') => void = () => {};
  const closed = new Promise<'client' | 'server'>((resolve) => {
    settle = resolve;
  });
  let closing: Promise<void> | undefined;
  const end = (who: 'client' | 'server') => {
    // Closing a side reports it as closed at once: by then it has to be known that this is under way.
    closing ??= Promise.resolve().then(async () => {
      await near.close();
      await far.close();
      settle(who);
    });
    return closing;
  };
  const gone = (who: 'client' | 'server') => () => void end(who).catch(onError);

  near.onmessage = (message) => {
    far.send(message).catch(async (error: unknown) => {
      onError(error);
      await refuse(message, near);
      // A refusal is an answer; a server that cannot be reached has gone.
      if (!(error instanceof StreamableHTTPError)) gone('server')();
    });
  };
  far.onmessage = (message) => {
    noteProtocolVersion(far, message);
    near.send(message).catch(onError);
  };
  near.onerror = onError;
  // What closing breaks off is no fault.
  far.onerror = (error) => {
    if (closing === undefined) onError(error);
  };
  near.onclose = gone('client');
  far.onclose = gone('server');
  stdin.once('end', gone('client'));
  stdout.once('error', gone('client'));
  await far.start();
  await near.start();
  return { closed, close: () => end('client') };
}

/** A request that cannot be delivered is answered with an error. */
async function refuse(message: JSONRPCMessage, near: Transport): Promise<void> {
  if (!('method' in message) || !('id' in message)) return;
  const problem = { code: -32000, message: 'The server that owns the store cannot be reached' };
  await near.send({ jsonrpc: '2.0', id: message.id, error: problem });
}

/** From the answer to `initialize` on, every request names the version that was agreed. */
function noteProtocolVersion(far: StreamableHTTPClientTransport, message: JSONRPCMessage): void {
  if (!('result' in message) || far.protocolVersion !== undefined) return;
  const initialized = InitializeResultSchema.safeParse(message.result);
  if (initialized.success) far.setProtocolVersion(initialized.data.protocolVersion);
}
