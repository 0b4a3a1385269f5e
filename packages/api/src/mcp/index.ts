export { type BridgeStdioOptions, bridgeStdio, type StdioBridge } from './bridge-stdio.ts';
export { createMcp, type Mcp, type McpOptions } from './create-mcp.ts';
export { createMcpRouter, type McpRouter, type McpRouterOptions } from './create-mcp-router.ts';
export {
  createMcpServer,
  type McpConnection,
  type McpOffer,
  type McpServerOptions,
} from './create-mcp-server.ts';
export { mcpTools } from './mcp-tools.ts';
export { type McpPrompt, mcpPrompts } from './prompts.ts';
export type {
  McpResources,
  ResourceContent,
  ResourceEntry,
  ResourcePage,
  ResourceTemplate,
} from './resources.ts';
export { taskResources } from './task-resources.ts';
export {
  defineTool,
  type McpTool,
  type ToolAnnotations,
  type ToolContent,
  type ToolContext,
  type ToolPeer,
  type ToolResult,
} from './tool.ts';
