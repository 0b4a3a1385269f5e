import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CompleteRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Services } from '../services.ts';
import { complete } from './completion.ts';
import { offerPrompts } from './offer-prompts.ts';
import { offerResources } from './offer-resources.ts';
import { offerTools } from './offer-tools.ts';
import type { McpPrompt } from './prompts.ts';
import type { McpResources } from './resources.ts';
import { shielded } from './shielded.ts';
import type { McpTool } from './tool.ts';

/** What an MCP server offers. */
export interface McpOffer {
  readonly version: string;
  readonly tools: readonly McpTool[];
  readonly prompts: readonly McpPrompt[];
  readonly resources: McpResources;
}

export interface McpServerOptions extends McpOffer {
  readonly onSubscriptions?: (uris: readonly string[]) => void;
}

/** An MCP server for one client, and how to end what it listens to. */
export interface McpConnection {
  readonly server: Server;
  readonly subscriptions: readonly string[];
  /** Subscribes to what the client had subscribed to before. */
  restore(uris: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const instructions =
  'Starts and steers coding tasks that run on their own. start_coding_task answers at once; follow with wait_for_task, answer questions and give hints with send_intervention, read the code with get_task_code. Subscribe to task://{task_id} to be told of changes.';

/** Wires tools, resources and prompts into an SDK server. This is where the SDK begins. */
export function createMcpServer(services: Services, options: McpServerOptions): McpConnection {
  const { onError } = services;
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
  offerTools(server, services, options.tools);
  offerPrompts(server, options.prompts);
  const offered = offerResources(server, options.resources, {
    onError,
    onSubscriptions: options.onSubscriptions,
  });
  server.setRequestHandler(CompleteRequestSchema, ({ params }) =>
    shielded(onError, async () => ({
      completion: await complete(params.argument, params.context?.arguments ?? {}, services),
    })),
  );

  return {
    server,
    get subscriptions() {
      return offered.subscriptions;
    },
    restore: (uris) => offered.restore(uris),
    async close() {
      offered.close();
      await server.close();
    },
  };
}
