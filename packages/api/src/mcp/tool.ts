import { z } from 'zod';
import type { Services } from '../services.ts';

/** What a tool is given beside its input, whatever carries the call. */
export interface ToolContext {
  readonly services: Services;
  /** Aborted when the caller has cancelled, or is gone. */
  readonly signal: AbortSignal;
  /** Says how far it is; does nothing for a caller that has not asked. */
  readonly progress: (progress: Progress) => void;
  /** What else the caller can be told and asked; null where there is no way back to it. */
  readonly peer: ToolPeer | null;
}

export interface Progress {
  readonly done: number;
  readonly total?: number;
  readonly message: string;
}

/** The other side of a tool call, in MCP's terms. */
export interface ToolPeer {
  log(level: 'debug' | 'info' | 'warning' | 'error', data: string): Promise<void>;
  /** Sends `sampling/createMessage` or `elicitation/create`; rejects where the client cannot do it. */
  ask(
    method: 'sampling/createMessage' | 'elicitation/create',
    params: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Ends the call's stream; a client that can resume comes back for the answer. */
  releaseStream(): void;
}

/** What a tool call comes to, in MCP's form. */
export interface ToolResult {
  readonly [key: string]: unknown;
  readonly content: readonly ToolContent[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: boolean;
}

export type ToolContent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image' | 'audio'; readonly data: string; readonly mimeType: string }
  | {
      readonly type: 'resource';
      readonly resource: { readonly uri: string; readonly mimeType: string; readonly text: string };
    };

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
  /** Null: the tool's answer is no data but content as it stands, a `ToolResult`. */
  readonly output: z.ZodType | null;
  readonly annotations: ToolAnnotations;
  /** Takes what `input` has parsed; gives what `output` describes. */
  call(input: unknown, context: ToolContext): Promise<unknown>;
}

interface ToolSpec<Input extends z.ZodObject, Output extends z.ZodType>
  extends Omit<McpTool, 'input' | 'output' | 'call'> {
  readonly input: Input;
  readonly output: Output;
  readonly handle: (input: z.output<Input>, context: ToolContext) => Promise<z.output<Output>>;
}

/** Makes a tool of its description and a handler that is given parsed input, and refuses names it does not know. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodType>(
  spec: ToolSpec<Input, Output>,
): McpTool {
  const { handle, ...description } = spec;
  const input = spec.input.strict();
  return {
    ...description,
    input,
    call: async (given, context) => handle(spec.input.parse(given), context),
  };
}

/**
 * A schema as MCP shows it: JSON Schema with an object at its root, and without references. Clients hand
 * it on to models and to their providers, many of which do not look a reference up.
 */
export function toolSchema(schema: z.ZodType, io: 'input' | 'output'): { type: 'object' } {
  const json = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    reused: 'inline',
    metadata: withoutNames,
    override: ({ jsonSchema }) => {
      delete jsonSchema.override;
    },
  });
  return { ...json, type: 'object' };
}

/** What is known of schemas, but for the ids by which OpenAPI shares them. */
const withoutNames = new (class extends z.core.$ZodRegistry<Record<string, unknown>> {
  override get(schema: z.core.$ZodType) {
    const { id: _, ...meta } = z.globalRegistry.get(schema) ?? {};
    return meta;
  }
})();
