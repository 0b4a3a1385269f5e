import type { Readable, Writable } from 'node:stream';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
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
  /** Resolves when the client or the server has gone. */
  readonly closed: Promise<void>;
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
  let done = () => {};
  const closed = new Promise<void>((resolve) => {
    done = resolve;
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      await near.close();
      await far.close();
      done();
    })();
    return closing;
  };
  const leave = () => void close().catch(onError);

  near.onmessage = (message) => pass(message, { to: far, back: near, onError });
  far.onmessage = (message) => {
    noteProtocolVersion(far, message);
    pass(message, { to: near, onError });
  };
  near.onerror = onError;
  far.onerror = onError;
  near.onclose = leave;
  far.onclose = leave;
  stdin.once('end', leave);
  await far.start();
  await near.start();
  return { closed, close };
}

/** Passes a message on; a request that cannot be delivered is answered with an error. */
function pass(
  message: JSONRPCMessage,
  { to, back, onError }: { to: Transport; back?: Transport; onError: (error: unknown) => void },
): void {
  to.send(message).catch((error: unknown) => {
    onError(error);
    if (back === undefined || !('method' in message) || !('id' in message)) return;
    const problem = { code: -32000, message: 'The server that owns the store cannot be reached' };
    back.send({ jsonrpc: '2.0', id: message.id, error: problem }).catch(onError);
  });
}

/** From the answer to `initialize` on, every request names the version that was agreed. */
function noteProtocolVersion(far: StreamableHTTPClientTransport, message: JSONRPCMessage): void {
  if (!('result' in message) || far.protocolVersion !== undefined) return;
  const initialized = InitializeResultSchema.safeParse(message.result);
  if (initialized.success) far.setProtocolVersion(initialized.data.protocolVersion);
}
