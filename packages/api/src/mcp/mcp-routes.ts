import { z } from 'zod';
import { HttpProblem } from '../http/http-problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { wireForm } from '../wire/index.ts';
import { runTool } from './run-tool.ts';
import type { McpTool } from './tool.ts';

/** MCP's own names (`structuredContent`) are kept here, as every MCP client knows them. */
const toolAnswer = z
  .object({
    content: z.array(z.looseObject({ type: z.string() })),
    structuredContent: z.record(z.string(), z.unknown()).optional(),
    isError: z.boolean(),
  })
  .meta({ id: 'ToolAnswer' });

const serverInformation = z
  .object({
    name: z.string(),
    version: z.string(),
    protocol_versions: z.array(z.string()),
    transport: z.literal('streamable-http'),
    endpoint: z.literal('/mcp'),
    tools: z.array(z.object({ name: z.string(), description: z.string() })),
  })
  .meta({ id: 'McpServer' });

const toolCall = wireForm(
  z
    .strictObject({
      name: z.string().min(1).max(200),
      arguments: z.record(z.string(), z.unknown()).default({}),
      // What MCP lets every call carry; here nobody can be told of progress.
      _meta: z.record(z.string(), z.unknown()).optional(),
    })
    .meta({ id: 'ToolCall' }),
);

/** The plain-HTTP doors beside the protocol: information, and the same tools by one POST. */
export function mcpRoutes(
  services: Services,
  {
    tools,
    version,
    protocolVersions,
  }: {
    readonly tools: readonly McpTool[];
    readonly version: string;
    readonly protocolVersions: () => Promise<string[]>;
  },
): { readonly information: Route; readonly call: Route } {
  const information = defineRoute({
    method: 'get',
    path: '/mcp',
    tag: 'MCP',
    summary: 'What the MCP server is; with Accept: text/event-stream, the protocol’s own stream',
    answers: { 200: { description: 'The server', schema: serverInformation } },
    problems: [],
    handle: async () => ({
      body: {
        name: 'coding-tasks',
        version,
        protocol_versions: await protocolVersions(),
        transport: 'streamable-http',
        endpoint: '/mcp',
        tools: tools.map(({ name, description }) => ({ name, description })),
      },
    }),
  });
  const call = defineRoute({
    method: 'post',
    path: '/mcp/tools/call',
    tag: 'MCP',
    summary: 'Call a tool without the protocol',
    body: toolCall,
    answers: { 200: { description: 'What the tool answered', schema: toolAnswer } },
    problems: [
      'validation',
      'malformed-json',
      'not-found',
      'task-not-found',
      'file-not-found',
      'call-not-found',
      'request-timeout',
      'task-exists',
      'task-ended',
      'version-conflict',
      'too-large',
      'unsupported-media-type',
      'idempotency-mismatch',
      'no-room',
    ],
    async handle({ body, response }) {
      const tool = tools.find(({ name }) => name === body.name);
      if (tool === undefined) {
        throw new HttpProblem('not-found', `There is no tool ${JSON.stringify(body.name)}`);
      }
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      const context = { services, signal: gone.signal, progress: () => {}, peer: null };
      const result = await runTool(tool, body.arguments, context);
      return { body: { isError: false, ...result } };
    },
  });
  return { information, call };
}
