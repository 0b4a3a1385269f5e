import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  CreateMessageResultSchema,
  ElicitResultSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import type { Services } from '../services.ts';
import { runTool, toolFailure } from './run-tool.ts';
import { type McpTool, type ToolPeer, toolSchema } from './tool.ts';

type CallExtra = Parameters<Parameters<typeof Server.prototype.setRequestHandler>[1]>[1];

/** Lists tools, and runs them. */
export function offerTools(server: Server, services: Services, tools: readonly McpTool[]): void {
  const listed = tools.map(({ name, title, description, input, output, annotations }) => ({
    name,
    title,
    description,
    inputSchema: toolSchema(input, 'input'),
    ...(output && { outputSchema: toolSchema(output, 'output') }),
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
    const progress = progressTo(extra, params._meta?.progressToken, services.onError);
    const context = { services, signal: extra.signal, progress, peer: peerOf(extra) };
    const result = await runTool(tool, params.arguments, context).catch((error: unknown) =>
      toolFailure(error, services.onError),
    );
    return { ...result, content: [...result.content] } satisfies CallToolResult;
  });
}

function progressTo(
  extra: CallExtra,
  progressToken: string | number | undefined,
  onError: (error: unknown) => void,
) {
  return (progress: { done: number; total?: number; message: string }) => {
    if (progressToken === undefined) return;
    const { done, ...rest } = progress;
    const params = { progressToken, progress: done, ...rest };
    extra.sendNotification({ method: 'notifications/progress', params }).catch(onError);
  };
}

function peerOf(extra: CallExtra): ToolPeer {
  return {
    log: (level, data) =>
      extra.sendNotification({ method: 'notifications/message', params: { level, data } }),
    ask: (method, params) =>
      // The parameters are the tool's own affair; the client's answer is parsed.
      method === 'elicitation/create'
        ? extra.sendRequest({ method, params: params as never }, ElicitResultSchema)
        : extra.sendRequest({ method, params: params as never }, CreateMessageResultSchema),
    releaseStream: () => extra.closeSSEStream?.(),
  };
}
