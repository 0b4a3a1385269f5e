import type { Readable, Writable } from 'node:stream';
import { type Request, type RequestHandler, Router } from 'express';
import { discardRest } from '../http/discard-rest.ts';
import { nameRoute } from '../http/http-handler.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { readJson } from '../http/read-json.ts';
import { replyJson } from '../http/reply.ts';
import type { Route } from '../http/route.ts';
import { toProblem } from '../http/to-problem.ts';
import type { Services } from '../services.ts';
import { problems } from '../wire/index.ts';
import type { McpConnection } from './create-mcp-server.ts';
import type { HttpSession } from './http-sessions.ts';
import { mcpRoutes } from './mcp-routes.ts';
import { mcpTools } from './mcp-tools.ts';
import { type McpPrompt, mcpPrompts } from './prompts.ts';
import type { McpProtocol } from './protocol.ts';
import type { McpResources } from './resources.ts';
import { taskResources } from './task-resources.ts';
import type { McpTool } from './tool.ts';
import { sendWebResponse, webRequest } from './web-response.ts';

export interface McpOptions {
  readonly version: string;
  /** @default 200 */
  readonly maxSessions?: number;
  /** Bytes of a message. @default 4 MiB */
  readonly maxBytes?: number;
  /** @default mcpTools */
  readonly tools?: readonly McpTool[];
  /** @default mcpPrompts */
  readonly prompts?: readonly McpPrompt[];
  /** Adds to the tasks' own resources (`task://`), or replaces them. @default the tasks' own */
  readonly resources?: (own: McpResources) => McpResources;
}

/** The MCP side of the API: any number of clients over HTTP and stdio, with the same tools. */
export interface Mcp {
  readonly tools: readonly McpTool[];
  /** Serves `/`, `/tools/call`; mount it at `/mcp`. */
  readonly router: Router;
  /** The plain-HTTP doors, for the description. */
  readonly routes: readonly Route[];
  readonly sessionCount: number;
  /** Serves one client over a pair of streams. */
  serveStdio(streams?: {
    readonly stdin: Readable;
    readonly stdout: Writable;
  }): Promise<McpConnection>;
  close(): Promise<void>;
}

export function createMcp(services: Services, options: McpOptions): Mcp {
  const { version, tools = mcpTools, prompts = mcpPrompts, maxSessions = 200, maxBytes } = options;
  const own = taskResources(services);
  const resources = options.resources?.(own) ?? own;
  const offer = { version, tools, prompts, resources, maxSessions };
  let loaded: McpProtocol | undefined;
  let loading: Promise<McpProtocol> | undefined;
  const protocol = (): Promise<McpProtocol> => {
    loading ??= import('./protocol.ts').then(({ createMcpProtocol }) => {
      loaded = createMcpProtocol(services, offer);
      return loaded;
    });
    return loading;
  };
  const { information, call } = mcpRoutes(services, {
    tools,
    version,
    protocolVersions: async () => [...(await protocol()).versions],
  });
  const limits = maxBytes === undefined ? {} : { maxBytes };

  const served = ({ params, query }: Request) => ({ params, query, limits });
  const router = Router();
  router.post('/tools/call', (request, response) => {
    nameRoute(request, call.path);
    return call.serve(request, response, served(request));
  });
  router.get('/', (request, response, next) => {
    nameRoute(request, information.path);
    if (request.headers.accept?.includes('text/event-stream')) next();
    else return information.serve(request, response, served(request));
  });
  const serve = serveProtocol(protocol, limits);
  router.route('/').get(serve).post(serve).delete(serve).all(refuseMethod);

  return {
    tools,
    router,
    routes: [information, call],
    get sessionCount() {
      return loaded?.sessionCount ?? 0;
    },
    serveStdio: async (streams = process) => (await protocol()).serveStdio(streams),
    async close() {
      await (await loading)?.close();
    },
  };
}

function serveProtocol(
  protocol: () => Promise<McpProtocol>,
  limits: { readonly maxBytes?: number },
): RequestHandler {
  return async (request, response) => {
    nameRoute(request, '/mcp');
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? id : undefined;
    let body: unknown;
    let session: HttpSession | undefined;
    try {
      body = request.method === 'POST' ? await readJson(request, limits) : undefined;
      session = await (await protocol()).sessionFor(body, known);
    } catch (error) {
      const problem = toProblem(error);
      if (problem === undefined) throw error;
      replyRpcError(response, problem);
      discardRest(request);
      return;
    }
    if (session === undefined) {
      const [status, code, message] =
        id === undefined
          ? ([
              400,
              -32000,
              'Bad Request: Mcp-Session-Id header is required; send initialize to be given one',
            ] as const)
          : ([404, -32001, 'Session not found: send initialize again'] as const);
      replyJson(response, status, { jsonrpc: '2.0', error: { code, message }, id: null });
      return;
    }
    await sendWebResponse(await session.handle(webRequest(request), body), response);
  };
}

function refuseMethod(): never {
  const allow = 'GET, POST, DELETE';
  throw new HttpProblem('method-not-allowed', `Offered here: ${allow}`, { headers: { allow } });
}

/** What could not be read, or is too much to be kept, as JSON-RPC says it. */
function replyRpcError(response: Parameters<RequestHandler>[1], problem: HttpProblem): void {
  const code = problem.slug === 'malformed-json' ? -32700 : -32600;
  const { status } = problems[problem.slug];
  replyJson(response, status, {
    jsonrpc: '2.0',
    error: { code, message: problem.message },
    id: null,
  });
}
