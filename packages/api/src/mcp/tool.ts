import { z } from 'zod';
import type { Services } from '../http/services.ts';

/** What a tool is given beside its input, whatever carries the call. */
export interface ToolContext {
  readonly services: Services;
  /** Aborted when the caller has cancelled, or is gone. */
  readonly signal: AbortSignal;
  /** Says how far it is; does nothing for a caller that has not asked. */
  readonly progress: (progress: { readonly done: number; readonly message: string }) => void;
}

export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  /** None of the tools reaches beyond this machine. */
  readonly openWorldHint: false;
}

/** A tool as data: offered over MCP and over plain HTTP, independent of any SDK. */
export interface McpTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodType;
  readonly annotations: ToolAnnotations;
  /** Takes what `input` has parsed; gives what `output` describes. */
  call(input: unknown, context: ToolContext): Promise<unknown>;
}

interface ToolSpec<Input extends z.ZodObject, Output extends z.ZodType>
  extends Omit<McpTool, 'input' | 'output' | 'call'> {
  readonly input: Input;
  readonly output: Output;
  handle(input: z.output<Input>, context: ToolContext): Promise<z.output<Output>>;
}

/** Makes a tool of its description and a handler that is given parsed input. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodType>(
  spec: ToolSpec<Input, Output>,
): McpTool {
  const { handle, ...description } = spec;
  return {
    ...description,
    call: async (input, context) => handle(spec.input.parse(input), context),
  };
}

/** A schema as MCP shows it: JSON Schema with an object at its root. */
export function toolSchema(schema: z.ZodType, io: 'input' | 'output'): { type: 'object' } {
  const json = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ jsonSchema }) => {
      delete jsonSchema.id;
      delete jsonSchema.override;
    },
  });
  return { ...json, type: 'object' };
}
