export { createMcp, type Mcp, type McpOptions } from './create-mcp.ts';
export { createMcpServer, type McpConnection, type McpServerOptions } from './create-mcp-server.ts';
export { mcpTools } from './mcp-tools.ts';
export { type McpPrompt, mcpPrompts } from './prompts.ts';
export { defineTool, type McpTool, type ToolAnnotations, type ToolContext } from './tool.ts';
