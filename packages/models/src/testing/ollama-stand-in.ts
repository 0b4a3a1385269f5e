import type { IncomingMessage, ServerResponse } from 'node:http';
import { fullModelName } from '../ollama/model-name.ts';
import type { TokenCounter } from '../token-counter.ts';
import { listen } from './listen.ts';
import {
  type CheckedScript,
  parseScript,
  type StandInFault,
  type StandInScript,
} from './script.ts';
import { endpointsOf } from './stand-in/endpoints.ts';
import { createFaultPlan, type FaultTarget } from './stand-in/fault-plan.ts';
import { HttpFailure, sendJson, sendText } from './stand-in/http.ts';
import { type ShelvedModel, shelve } from './stand-in/model-shelf.ts';
import { type LoggedRequest, type OpenRequest, openRequest } from './stand-in/request-log.ts';
import type { Runner } from './stand-in/runner.ts';

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

  const endpoints = endpointsOf({
    script,
    shelf,
    runners,
    faults,
    parallel: options.parallel ?? 1,
    maxQueue: options.maxQueue ?? 512,
    tokensPerSecond: options.tokensPerSecond,
    loadMs: options.loadMs ?? 0,
    now: options.now ?? Date.now,
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request);
    arrived += 1;
    const entry = openRequest(request, { number: arrived, path });
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
      const byMethod = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
      if (!byMethod) return sendText(response, '404 page not found', 404);
      const endpoint = byMethod[entry.method === 'HEAD' ? 'GET' : entry.method];
      if (!endpoint) return sendText(response, '405 method not allowed', 405);
      await endpoint({ request, response }, { path, entry, signal: left.signal });
    } catch (error) {
      refuse(response, error);
    }
  };

  const { url, port, close } = await listen((request, response) => void handle(request, response), {
    port: options.port ?? 0,
    hostname: options.hostname ?? '127.0.0.1',
  });
  const runnerNamed = (model: string) => runners.get(fullModelName(model));
  return {
    url,
    port,
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

/** Without its query. Not by `URL`, which takes `//` for the beginning of a host. */
function pathOf({ url = '/' }: IncomingMessage): string {
  return url.replace(/[?#].*$/, '');
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
