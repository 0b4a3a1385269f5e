import type { Readable, Writable } from 'node:stream';
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  InitializeResultSchema,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js';
import { whyUndelivered } from './refusal.ts';

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
 * must not open the store which another one owns. Every message is passed on as it is; what follows
 * `initialize` waits for its answer, with which the session comes that the others need.
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

  let newest: Handshake | undefined;
  let underWay: Handshake | undefined;
  const answer = async (message: JSONRPCMessage) => {
    await near.send(message).catch(onError);
    if (!('method' in message) && message.id === underWay?.id) underWay?.end();
  };
  const deliver = (message: JSONRPCMessage) => {
    far.send(message).catch(async (error: unknown) => {
      onError(error);
      if (isJSONRPCRequest(message)) await answer(refusal(message.id, error));
      // A refusal is an answer; a server that cannot be reached has gone.
      if (!(error instanceof StreamableHTTPError)) gone('server')();
    });
  };
  near.onmessage = (message) => {
    const before = newest?.ended;
    const handshake =
      isJSONRPCRequest(message) && message.method === 'initialize'
        ? beginHandshake(message.id)
        : undefined;
    newest = handshake ?? newest;
    const proceed = () => {
      underWay = handshake ?? underWay;
      deliver(message);
    };
    if (before === undefined) proceed();
    else void before.then(proceed);
  };
  far.onmessage = (message) => {
    noteProtocolVersion(far, message);
    void answer(message);
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

interface Handshake {
  /** Of the `initialize` request. */
  readonly id: RequestId;
  readonly ended: Promise<void>;
  end(): void;
}

function beginHandshake(id: RequestId): Handshake {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { id, ended: promise, end: resolve };
}

/** The answer to a request that could not be delivered. */
function refusal(id: RequestId, error: unknown): JSONRPCMessage {
  return { jsonrpc: '2.0', id, error: { code: -32000, message: whyUndelivered(error) } };
}

/** From the answer to `initialize` on, every request names the version that was agreed. */
function noteProtocolVersion(far: StreamableHTTPClientTransport, message: JSONRPCMessage): void {
  if (!('result' in message) || far.protocolVersion !== undefined) return;
  const initialized = InitializeResultSchema.safeParse(message.result);
  if (initialized.success) far.setProtocolVersion(initialized.data.protocolVersion);
}
