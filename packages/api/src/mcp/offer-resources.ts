import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { wireLimits } from '../wire/index.ts';
import type { McpResources } from './resources.ts';
import { shielded } from './shielded.ts';

const { subscriptionsLength } = wireLimits;

/** MCP's code for it; JSON-RPC has none. */
const resourceNotFound = -32002;

export interface OfferedResources {
  readonly subscriptions: readonly string[];
  /** Subscribes to what the client had subscribed to before. */
  restore(uris: readonly string[]): Promise<void>;
  close(): void;
}

/** Lists and reads resources, and tells of changes to those that were subscribed to. */
export function offerResources(
  server: Server,
  resources: McpResources,
  options: {
    readonly onError: (error: unknown) => void;
    readonly onSubscriptions?: ((uris: readonly string[]) => void) | undefined;
  },
): OfferedResources {
  const followed = new Map<string, () => void>();

  async function subscribe(uri: string): Promise<boolean> {
    if (followed.has(uri)) return true;
    const stop = await resources.follow(uri, () => {
      server.sendResourceUpdated({ uri }).catch(options.onError);
    });
    if (stop === undefined) return false;
    const length = [...followed.keys(), uri].reduce((sum, each) => sum + each.length, 0);
    if (length > subscriptionsLength) {
      stop();
      const detail = `Subscriptions may have ${subscriptionsLength} characters together; give up others`;
      throw new McpError(ErrorCode.InvalidParams, detail);
    }
    followed.get(uri)?.();
    followed.set(uri, stop);
    return true;
  }

  const { onError } = options;
  server.setRequestHandler(ListResourcesRequestSchema, ({ params }) =>
    shielded(onError, async () => {
      const page = await resources.list(params?.cursor).catch((error: unknown) => {
        if (!(error instanceof RangeError)) throw error;
        throw new McpError(ErrorCode.InvalidParams, 'The cursor is not one of ours');
      });
      return { ...page, resources: [...page.resources] };
    }),
  );
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [...resources.templates],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) =>
    shielded(onError, async () => {
      const content = await resources.read(uri);
      if (content === undefined) throw notFound(uri);
      return { contents: [{ uri, ...content }] };
    }),
  );
  server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) =>
    shielded(onError, async () => {
      if (!(await subscribe(uri))) throw notFound(uri);
      options.onSubscriptions?.([...followed.keys()]);
      return {};
    }),
  );
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    followed.get(uri)?.();
    if (followed.delete(uri)) options.onSubscriptions?.([...followed.keys()]);
    return {};
  });

  return {
    get subscriptions() {
      return [...followed.keys()];
    },
    async restore(uris) {
      await Promise.all(uris.map(subscribe));
    },
    close() {
      for (const stop of followed.values()) stop();
      followed.clear();
    },
  };
}

function notFound(uri: string): McpError {
  return new McpError(resourceNotFound, `There is no resource ${uri}`, { uri });
}
