import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import type { McpPrompt } from './prompts.ts';

/** Lists prompts, and fills them in. */
export function offerPrompts(server: Server, prompts: readonly McpPrompt[]): void {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: prompts.map(({ name, title, description, arguments: wanted }) => ({
      name,
      title,
      description,
      arguments: [...wanted],
    })),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = prompts.find(({ name }) => name === params.name);
    if (prompt === undefined) {
      throw new McpError(
        ErrorCode.InvalidParams,
        `There is no prompt ${JSON.stringify(params.name)}`,
      );
    }
    const given = params.arguments ?? {};
    const missing = prompt.arguments.find(({ name, required }) => required && !given[name]);
    if (missing) throw new McpError(ErrorCode.InvalidParams, `${missing.name} is required`);
    const messages = prompt.messages(given).map((content) => ({ role: 'user' as const, content }));
    return { description: prompt.description, messages };
  });
}
