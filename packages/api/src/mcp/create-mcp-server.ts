import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Services } from '../http/services.ts';
import { toProblem } from '../http/to-problem.ts';
import { complete } from './completion.ts';
import { mcpPrompts } from './prompts.ts';
import { readResource } from './read-resource.ts';
import { parseTaskUri, resourceTemplates, taskUri } from './resource-uris.ts';
import { runTool, toolFailure } from './run-tool.ts';
import { type McpTool, toolSchema } from './tool.ts';

export interface McpServerOptions {
  readonly version: string;
  readonly tools: readonly McpTool[];
  /** Resources that the session had subscribed to before this process. */
  readonly subscriptions?: readonly string[];
  readonly onSubscriptions?: (uris: readonly string[]) => void;
}

/** An MCP server for one client, and how to end what it listens to. */
export interface McpConnection {
  readonly server: Server;
  readonly subscriptions: ReadonlySet<string>;
  close(): Promise<void>;
}

const resourceNotFound = -32002;
const pageSize = 50;
const instructions =
  'Starts and steers coding tasks that run on their own. start_coding_task answers at once; follow with wait_for_task, answer questions and give hints with send_intervention, read the code with get_task_code. Subscribe to task://{task_id} to be told of changes.';

/** Wires tools, resources and prompts into an SDK server. This is where the SDK begins. */
export function createMcpServer(services: Services, options: McpServerOptions): McpConnection {
  const server = new Server(
    { name: 'coding-tasks', title: 'Coding tasks', version: options.version },
    {
      capabilities: {
        tools: {},
        resources: { subscribe: true },
        prompts: {},
        completions: {},
        logging: {},
      },
      instructions,
    },
  );
  const followed = new Map<string, () => void>();
  offerTools(server, services, options.tools);
  offerResources(server, services);
  offerSubscriptions(server, { services, followed, onChange: options.onSubscriptions });
  for (const uri of options.subscriptions ?? []) follow(server, services, followed, uri);
  offerPrompts(server);
  server.setRequestHandler(CompleteRequestSchema, async ({ params }) => ({
    completion: await complete(params.argument, params.context?.arguments ?? {}, services),
  }));

  return {
    server,
    get subscriptions() {
      return new Set(followed.keys());
    },
    async close() {
      for (const stop of followed.values()) stop();
      followed.clear();
      await server.close();
    },
  };
}

function offerTools(server: Server, services: Services, tools: readonly McpTool[]): void {
  const listed = tools.map(({ name, title, description, input, output, annotations }) => ({
    name,
    title,
    description,
    inputSchema: toolSchema(input, 'input'),
    outputSchema: toolSchema(output, 'output'),
    annotations: { title, ...annotations },
  }));
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listed }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = byName.get(params.name);
    if (tool === undefined) {
      throw new McpError(
        ErrorCode.InvalidParams,
        `There is no tool ${JSON.stringify(params.name)}`,
      );
    }
    const progressToken = params._meta?.progressToken;
    const progress = ({ done, message }: { done: number; message: string }) => {
      if (progressToken === undefined) return;
      const notification = { progressToken, progress: done, message };
      extra
        .sendNotification({ method: 'notifications/progress', params: notification })
        .catch(services.onError);
    };
    try {
      return await runTool(tool, params.arguments, { services, signal: extra.signal, progress });
    } catch (error) {
      return toolFailure(error, services.onError);
    }
  });
}

function offerResources(server: Server, services: Services): void {
  server.setRequestHandler(ListResourcesRequestSchema, async ({ params }) => {
    const after = params?.cursor === undefined ? undefined : Number(params.cursor);
    if (after !== undefined && !Number.isSafeInteger(after)) {
      throw new McpError(ErrorCode.InvalidParams, 'The cursor is not one of ours');
    }
    const page = await services.index.list({
      limit: pageSize,
      ...(after !== undefined && { after }),
    });
    return {
      resources: page.items.map(({ taskId, prompt, status }) => ({
        uri: taskUri(taskId),
        name: taskId,
        title: `${taskId} (${status})`,
        description: prompt,
        mimeType: 'application/json',
      })),
      ...(page.nextAfter !== null && { nextCursor: String(page.nextAfter) }),
    };
  });
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
    const resource = parseTaskUri(uri);
    if (resource === undefined) throw new McpError(resourceNotFound, `No resource ${uri}`, { uri });
    try {
      return { contents: [{ uri, ...(await readResource(resource, services)) }] };
    } catch (error) {
      const problem = toProblem(error);
      if (problem === undefined) throw error;
      throw new McpError(resourceNotFound, problem.message, { uri });
    }
  });
}

function offerSubscriptions(
  server: Server,
  context: {
    readonly services: Services;
    readonly followed: Map<string, () => void>;
    readonly onChange: ((uris: readonly string[]) => void) | undefined;
  },
): void {
  const { services, followed, onChange } = context;
  server.setRequestHandler(SubscribeRequestSchema, async ({ params: { uri } }) => {
    const resource = parseTaskUri(uri);
    if (resource === undefined || (await services.store.taskHead(resource.taskId)) === undefined) {
      throw new McpError(resourceNotFound, `No resource ${uri}`, { uri });
    }
    follow(server, services, followed, uri);
    onChange?.([...followed.keys()]);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    followed.get(uri)?.();
    followed.delete(uri);
    onChange?.([...followed.keys()]);
    return {};
  });
}

function follow(
  server: Server,
  { feed, onError }: Services,
  followed: Map<string, () => void>,
  uri: string,
): void {
  const resource = parseTaskUri(uri);
  if (resource === undefined || followed.has(uri)) return;
  const stop = feed.follow(resource.taskId, () => {
    server.sendResourceUpdated({ uri }).catch(onError);
  });
  followed.set(uri, stop);
}

function offerPrompts(server: Server): void {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: mcpPrompts.map(({ text: _, arguments: wanted, ...prompt }) => ({
      ...prompt,
      arguments: [...wanted],
    })),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = mcpPrompts.find(({ name }) => name === params.name);
    if (prompt === undefined) {
      throw new McpError(
        ErrorCode.InvalidParams,
        `There is no prompt ${JSON.stringify(params.name)}`,
      );
    }
    const given = params.arguments ?? {};
    const missing = prompt.arguments.find(({ name, required }) => required && !given[name]);
    if (missing) throw new McpError(ErrorCode.InvalidParams, `${missing.name} is required`);
    const text = prompt.text(given);
    return {
      description: prompt.description,
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
    };
  });
}
