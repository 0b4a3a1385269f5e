import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopbackAddress, parseHost } from './host-name.ts';
import { HttpProblem } from './http-problem.ts';

/** Who may use the API. The same check stands before REST, the WebSocket upgrade and MCP. */
export interface AdmissionOptions {
  /** The bearer token; null: nobody is let in by token. */
  readonly token: string | null;
  /**
   * Whether the sandbox that runs generated code keeps it off the network. If not, that code could
   * reach us over loopback, so that loopback too needs the token.
   */
  readonly sandboxBlocksNetwork: boolean | (() => boolean);
  /** Names, beside addresses and loopback names, under which the server may be spoken to. */
  readonly allowedHosts?: readonly string[];
  /** Origins, beside the server's own, whose pages may use the API: `https://dash.example`. */
  readonly allowedOrigins?: readonly string[];
}

/** Looks at a request's peer, Host, Origin and token; gives the refusal, or undefined. */
export type Admission = (request: IncomingMessage) => HttpProblem | undefined;

/** Headers that a proxy adds: the peer's address is then not the client's. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * Node reads so many headers and may drop those behind them, of which one may be what a proxy has
 * added: a request that reaches this number cannot be judged.
 */
const mostHeaders = 1_000;

export function createAdmission(options: AdmissionOptions): Admission {
  const { sandboxBlocksNetwork } = options;
  const allowedHosts = new Set(options.allowedHosts?.map((host) => host.toLowerCase()));
  const allowedOrigins = new Set(options.allowedOrigins?.map((origin) => origin.toLowerCase()));
  const tokenMatches = tokenCheck(options.token);
  const sandboxed =
    typeof sandboxBlocksNetwork === 'function' ? sandboxBlocksNetwork : () => sandboxBlocksNetwork;

  return (request) => {
    if (request.rawHeaders.length >= 2 * mostHeaders) {
      return new HttpProblem('headers-too-large', `Send fewer than ${mostHeaders} headers`, {
        extras: { limit: mostHeaders },
        headers: { connection: 'close' },
      });
    }
    const host = parseHost(request.headers.host);
    if (host === undefined || hasManyHosts(request)) {
      return new HttpProblem('bad-request', 'The Host header is missing or malformed');
    }
    if (!host.isLoopback && !host.isAddress && !allowedHosts.has(host.name)) {
      const detail = `Host ${JSON.stringify(host.name)} is not served; use an address, localhost, or add it to the allowed hosts`;
      return new HttpProblem('host-not-allowed', detail);
    }
    const foreign = foreignOrigin(request, allowedOrigins);
    if (foreign !== undefined) return new HttpProblem('origin-not-allowed', foreign);
    const trusted =
      host.isLoopback &&
      isLoopbackAddress(request.socket.remoteAddress) &&
      !proxyHeaders.some((name) => name in request.headers) &&
      sandboxed();
    const token = bearerToken(request);
    if (trusted || tokenMatches(token)) return undefined;
    return token === undefined
      ? unauthorized('Send the header: Authorization: Bearer <token>', 'Bearer')
      : unauthorized('The token given is not this server’s', 'Bearer error="invalid_token"');
  };
}

function unauthorized(detail: string, challenge: string): HttpProblem {
  return new HttpProblem('unauthorized', detail, { headers: { 'www-authenticate': challenge } });
}

/** Two Host headers are two opinions on where the request goes. */
function hasManyHosts({ rawHeaders }: IncomingMessage): boolean {
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') seen += 1;
  }
  return seen > 1;
}

/** What is wrong with where a request comes from; undefined: nothing. */
function foreignOrigin(
  { headers, method }: IncomingMessage,
  allowed: ReadonlySet<string>,
): string | undefined {
  const origin = headers.origin?.toLowerCase();
  if (origin !== undefined) {
    const own = origin.replace(/^https?:\/\//, '') === headers.host?.toLowerCase();
    if (own || allowed.has(origin)) return undefined;
    return `Origin ${JSON.stringify(origin.slice(0, 200))} is not allowed; expected the server's own, ${JSON.stringify(headers.host)}, or an allowed one`;
  }
  if (headers['sec-fetch-site'] !== 'cross-site') return undefined;
  // A link on another site may be followed; its page still cannot read the answer.
  const isNavigation = headers['sec-fetch-mode'] === 'navigate' && method === 'GET';
  return isNavigation ? undefined : 'A page of another site may not use the API';
}

/** The token of the Authorization header or, for browsers' WebSockets, of the offered subprotocols. */
function bearerToken({ headers }: IncomingMessage): string | undefined {
  const authorization = /^bearer +(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  if (authorization !== undefined || headers.upgrade === undefined) return authorization;
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return offered.find((name) => name.startsWith('bearer.'))?.slice('bearer.'.length);
}

/** Compares in a time that tells nothing of the token, not even its length. */
function tokenCheck(token: string | null): (given: string | undefined) => boolean {
  if (token === null || token === '') return () => false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (given) => given !== undefined && timingSafeEqual(digest(given), expected);
}
