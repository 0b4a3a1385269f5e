import type { IncomingMessage, ServerResponse } from 'node:http';
import { fullModelName } from '../../ollama/model-name.ts';
import type { CheckedScript } from '../script.ts';
import { answerChat } from './chat.ts';
import { answerEmbed } from './embed.ts';
import type { FaultPlan } from './fault-plan.ts';
import { HttpFailure, readJsonBody, sendJson, sendText } from './http.ts';
import type { ShelvedModel } from './model-shelf.ts';
import type { OpenRequest } from './request-log.ts';
import { createRunner, type Runner } from './runner.ts';

/** Said wherever somebody could mistake it for Ollama. */
export const standInVersion = '0.0.0-stand-in';
const standInNotice = 'Ollama is running (stand-in: answers come from a script, not from a model)';

/** What the endpoints of one stand-in share. */
export interface StandInState {
  readonly script: CheckedScript;
  readonly shelf: ReadonlyMap<string, ShelvedModel>;
  /** By the full names of their models; made when first asked. */
  readonly runners: Map<string, Runner>;
  readonly faults: FaultPlan;
  readonly parallel: number;
  readonly maxQueue: number;
  readonly tokensPerSecond: number | undefined;
  readonly loadMs: number;
  readonly now: () => number;
}

/** Answers a request to one path by one method. */
export type Endpoint = (
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
  run: { readonly path: string; readonly entry: OpenRequest; readonly signal: AbortSignal },
) => Promise<void> | void;

/** Ollama's endpoints, by path and method. */
export function endpointsOf(
  state: StandInState,
): Readonly<Record<string, Readonly<Record<string, Endpoint>>>> {
  const { script, shelf, runners, faults, now, tokensPerSecond, loadMs } = state;

  const runnerOf = (model: ShelvedModel): Runner => {
    const known = runners.get(model.name);
    if (known) return known;
    const runner = createRunner(state);
    runners.set(model.name, runner);
    return runner;
  };

  const modelOf = (name: unknown, message: (name: string) => string): ShelvedModel => {
    const model = typeof name === 'string' ? shelf.get(fullModelName(name)) : undefined;
    if (!model) throw new HttpFailure(404, message(String(name)));
    return model;
  };

  const chat: Endpoint = async ({ request, response }, { path, entry, signal }) => {
    const body = await readJsonBody(request);
    entry.body = body;
    if (typeof body.model !== 'string' || body.model === '')
      throw new HttpFailure(400, 'model is required');
    const model = modelOf(body.model, (name) => `model '${name}' not found`);
    const runner = runnerOf(model);
    const scene = { script, faults, model, runner, body, path, signal, entry, now };
    await answerChat(response, { ...scene, tokensPerSecond, loadMs });
  };

  const embed: Endpoint = async ({ request, response }, { path, entry }) => {
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

  const show: Endpoint = async ({ request, response }, { entry }) => {
    const body = await readJsonBody(request);
    entry.body = body;
    sendJson(
      response,
      modelOf(body.model ?? body.name, (name) => `model '${name}' not found`).shown,
    );
  };

  const tags: Endpoint = ({ response }) =>
    sendJson(response, { models: [...shelf.values()].map(({ listed }) => listed) });

  const ps: Endpoint = ({ response }) => {
    const running = [...shelf.values()].filter(({ name }) => runners.get(name)?.isLoaded);
    const expires_at = new Date(now() + 300_000).toISOString();
    sendJson(response, {
      models: running.map(({ listed }) => ({ ...listed, expires_at, size_vram: 0 })),
    });
  };

  const version: Endpoint = ({ response }) => sendJson(response, { version: standInVersion });
  const notBuilt: Endpoint = () => {
    throw new HttpFailure(501, 'the stand-in has no models to change');
  };

  return {
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
}
