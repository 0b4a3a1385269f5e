import { taskTools } from './task-tools.ts';
import type { McpTool } from './tool.ts';
import { workTools } from './work-tools.ts';

/** All tools, in the order in which they are listed. */
export const mcpTools: readonly McpTool[] = [...taskTools, ...workTools];
