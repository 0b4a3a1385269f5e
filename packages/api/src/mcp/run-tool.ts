import { z } from 'zod';
import { parseGiven } from '../http/parse-given.ts';
import { toProblem } from '../http/to-problem.ts';
import type { McpTool, ToolContext, ToolResult } from './tool.ts';

/** Parses, calls, and puts the answer in MCP's form. Throws what the tool throws; bad input as a problem. */
export async function runTool(
  tool: McpTool,
  input: unknown,
  context: ToolContext,
): Promise<ToolResult> {
  const output = await tool.call(parseGiven(tool.input, input ?? {}), context);
  // A tool without an output schema says that it gives a `ToolResult`.
  if (tool.output === null) return output as ToolResult;
  const structured = z.record(z.string(), z.unknown()).parse(output);
  return {
    content: [{ type: 'text', text: JSON.stringify(structured) }],
    structuredContent: structured,
  };
}

/** An error as the model that called is told of it: it can read it and do better. */
export function toolFailure(error: unknown, onError: (error: unknown) => void): ToolResult {
  const problem = toProblem(error);
  if (problem === undefined) onError(error);
  const text = problem ? `${problem.slug}: ${problem.message}` : 'internal: something went wrong';
  return { content: [{ type: 'text', text }], isError: true };
}
