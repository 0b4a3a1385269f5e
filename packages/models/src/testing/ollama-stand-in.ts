import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fullModelName } from '../ollama/model-name.ts';
import type { TokenCounter } from '../token-counter.ts';
import {
  type CheckedScript,
  parseScript,
  type StandInFault,
  type StandInScript,
} from './script.ts';
import { answerChat } from './stand-in/chat.ts';
import { answerEmbed } from './stand-in/embed.ts';
import { createFaultPlan, type FaultTarget } from './stand-in/fault-plan.ts';
import { HttpFailure, readJsonBody, sendJson, sendText } from './stand-in/http.ts';
import { type ShelvedModel, shelve } from './stand-in/model-shelf.ts';
import type { LoggedRequest, OpenRequest } from './stand-in/request-log.ts';
import { createRunner, type Runner } from './stand-in/runner.ts';

export interface OllamaStandInOptions {
  /** A script or a recording, as its file has it. @default no rules: every chat is refused */
  readonly script?: StandInScript | undefined;
  /** Models to have beside those of the script, by name. @default mistral:7b and qwen3:8b when there are none at all */
  readonly models?: readonly string[] | undefined;
  /** @default 0, any free one */
  readonly port?: number | undefined;
  /** @default '127.0.0.1' */
  readonly hostname?: string | undefined;
  /** Speed of rules that name none. @default as fast as it can */
  readonly tokensPerSecond?: number | undefined;
  /** How long loading a model takes. @default 0 */
  readonly loadMs?: number | undefined;
  /** Requests at once per model, as OLLAMA_NUM_PARALLEL. @default 1 */
  readonly parallel?: number | undefined;
  /** Requests that may wait per model, as OLLAMA_MAX_QUEUE. @default 512 */
  readonly maxQueue?: number | undefined;
  /** Counts for a model. @default the estimate for its family */
  readonly tokens?: ((model: string) => TokenCounter) | undefined;
  /** Requests that `requests()` remembers; older ones are forgotten. @default 1 000 */
  readonly keepRequests?: number | undefined;
  readonly now?: (() => number) | undefined;
}

/** A server that speaks Ollama's protocol and has no model behind it. */
export interface OllamaStandIn extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** Everything that was asked, in order of arrival; of one path only, if one is named. */
  requests(path?: string): readonly LoggedRequest[];
  /** How often the model was loaded: 1 after the first request, more when its load options changed. */
  loads(model: string): number;
  /** The most requests that one model worked on at once. */
  peak(model: string): number;
  /** Lets the next request (or `times` requests) go wrong. */
  fault(fault: StandInFault, target?: FaultTarget): void;
  /** Ends all connections and the server; twice is fine. */
  close(): Promise<void>;
}

/** Said wherever somebody could mistake it for Ollama. */
export const standInVersion = '0.0.0-stand-in';
const standInNotice = 'Ollama is running (stand-in: answers come from a script, not from a model)';

/**
 * Starts an Ollama without a model: same endpoints, same streams, same refusals, answers from a script.
 *
 * What it copies, and from where, is in the README; that it is a stand-in says its version, its root
 * page, the header `X-Ollama-Stand-In` and each model's quantization.
 */
export async function startOllamaStandIn(
  options: OllamaStandInOptions = {},
): Promise<OllamaStandIn> {
  const script = parseScript(options.script ?? { format: 'ollama-script', version: 1 });
  const shelf = shelveAll(script, options);
  const runners = new Map<string, Runner>();
  const faults = createFaultPlan();
  const log: OpenRequest[] = [];
  let arrived = 0;
  const now = options.now ?? Date.now;
  const sockets = new Set<Socket>();

  const runnerOf = (model: ShelvedModel): Runner => {
    const known = runners.get(model.name);
    if (known) return known;
    const { parallel = 1, maxQueue = 512 } = options;
    const runner = createRunner({ parallel, maxQueue });
    runners.set(model.name, runner);
    return runner;
  };

  const modelOf = (name: unknown, message: (name: string) => string): ShelvedModel => {
    const model = typeof name === 'string' ? shelf.get(fullModelName(name)) : undefined;
    if (!model) throw new HttpFailure(404, message(String(name)));
    return model;
  };

  type Handler = (
    exchange: { request: IncomingMessage; response: ServerResponse },
    run: { path: string; entry: OpenRequest; signal: AbortSignal },
  ) => Promise<void> | void;

  const chat: Handler = async ({ request, response }, { path, entry, signal }) => {
    const body = await readJsonBody(request);
    entry.body = body;
    if (typeof body.model !== 'string' || body.model === '')
      throw new HttpFailure(400, 'model is required');
    const model = modelOf(body.model, (name) => `model '${name}' not found`);
    const { tokensPerSecond, loadMs = 0 } = options;
    const runner = runnerOf(model);
    const scene = { script, faults, model, runner, body, path, signal, entry, now };
    await answerChat(response, { ...scene, tokensPerSecond, loadMs });
  };

  const embed: Handler = async ({ request, response }, { path, entry }) => {
    const body = await readJsonBody(request);
    entry.body = body;
    const model = modelOf(body.model, (name) => `model "${name}" not found, try pulling it first`);
    const fault = faults.take({ path, model: String(body.model) });
    if (fault?.kind === 'busy')
      throw new HttpFailure(
        503,
        'server busy, please try again.  maximum pending requests exceeded',
      );
    if (fault?.kind === 'reset') {
      response.socket?.resetAndDestroy();
      return;
    }
    if (fault) throw new HttpFailure(500, 'the stand-in was told to fail');
    answerEmbed(response, { body, model, script });
  };

  const show: Handler = async ({ request, response }, { entry }) => {
    const body = await readJsonBody(request);
    entry.body = body;
    sendJson(
      response,
      modelOf(body.model ?? body.name, (name) => `model '${name}' not found`).shown,
    );
  };

  const tags: Handler = ({ response }) =>
    sendJson(response, { models: [...shelf.values()].map(({ listed }) => listed) });

  const ps: Handler = ({ response }) => {
    const running = [...shelf.values()].filter(({ name }) => runners.get(name)?.isLoaded);
    const expires_at = new Date(now() + 300_000).toISOString();
    sendJson(response, {
      models: running.map(({ listed }) => ({ ...listed, expires_at, size_vram: 0 })),
    });
  };

  const version: Handler = ({ response }) => sendJson(response, { version: standInVersion });
  const notBuilt: Handler = () => {
    throw new HttpFailure(501, 'the stand-in has no models to change');
  };

  const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    '/': { GET: ({ response }) => sendText(response, standInNotice) },
    '/api/version': { GET: version },
    '/api/tags': { GET: tags },
    '/api/ps': { GET: ps },
    '/api/show': { POST: show },
    '/api/chat': { POST: chat },
    '/api/generate': { POST: chat },
    '/api/embed': { POST: embed },
    '/api/pull': { POST: notBuilt },
    '/api/push': { POST: notBuilt },
    '/api/create': { POST: notBuilt },
    '/api/copy': { POST: notBuilt },
    '/api/delete': { DELETE: notBuilt },
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://stand-in').pathname;
    const method = request.method ?? 'GET';
    arrived += 1;
    const entry: OpenRequest = {
      number: arrived,
      method,
      path,
      headers: request.headers,
      body: undefined,
      status: null,
      rule: null,
      promptTokens: null,
      truncated: false,
      tokensSent: 0,
      outcome: 'running',
    };
    log.push(entry);
    if (log.length > (options.keepRequests ?? 1_000)) log.shift();
    const left = new AbortController();
    response.on('close', () => {
      entry.status = response.headersSent ? response.statusCode : null;
      if (response.writableFinished)
        entry.outcome = response.statusCode < 400 ? 'answered' : 'failed';
      else entry.outcome = struckDown(entry) ? 'failed' : 'aborted';
      left.abort(new HttpFailure(499, 'request canceled'));
    });
    response.setHeader('X-Ollama-Stand-In', 'true');
    try {
      const byMethod = routes[path];
      if (!byMethod) return sendText(response, '404 page not found', 404);
      const handler = byMethod[method === 'HEAD' ? 'GET' : method];
      if (!handler) return sendText(response, '405 method not allowed', 405);
      await handler({ request, response }, { path, entry, signal: left.signal });
    } catch (error) {
      refuse(response, error);
    }
  };

  const server = createServer((request, response) => void handle(request, response));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
  });
  const { port = 0, hostname = '127.0.0.1' } = options;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, resolve);
  });
  const address = server.address() as AddressInfo; // it listens on TCP, see above
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
    return closing;
  };
  const runnerNamed = (model: string) => runners.get(fullModelName(model));
  return {
    url: `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${address.port}`,
    port: address.port,
    requests: (path) =>
      log
        .filter((entry) => path === undefined || entry.path === path)
        .map((entry) => ({ ...entry })),
    loads: (model) => runnerNamed(model)?.loads ?? 0,
    peak: (model) => runnerNamed(model)?.peak ?? 0,
    fault: (fault, target) => faults.order(fault, target),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function shelveAll(
  script: CheckedScript,
  { models = [], tokens }: OllamaStandInOptions,
): ReadonlyMap<string, ShelvedModel> {
  const wanted = [...script.models, ...models.map((name) => ({ name }))];
  const all = wanted.length > 0 ? wanted : [{ name: 'mistral:7b' }, { name: 'qwen3:8b' }];
  const shelved = all.map((model) => shelve(model, tokens));
  return new Map(shelved.toReversed().map((model) => [model.name, model])); // the first of a name wins
}

/** A reset that a fault ordered is not the client's doing. */
function struckDown({ rule }: LoggedRequest): boolean {
  return rule === 'fault: reset';
}

function refuse(response: ServerResponse, error: unknown): void {
  const failure =
    error instanceof HttpFailure ? error : new HttpFailure(500, `stand-in: ${String(error)}`);
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent) response.end(`${JSON.stringify({ error: failure.message })}\n`);
  else sendJson(response, { error: failure.message }, failure.status);
}
