import { z } from 'zod';
import { defineTool, type McpTool, type ToolContent, type ToolPeer } from '../../src/mcp/index.ts';
import { fixtureImage, fixtureSound } from './fixture-media.ts';

const annotations = { readOnlyHint: true, openWorldHint: false } as const;

function fixture<Input extends z.ZodObject>(
  name: string,
  input: Input,
  run: (
    input: z.output<Input>,
    context: Parameters<McpTool['call']>[1] & { readonly peer: ToolPeer },
  ) => Promise<readonly ToolContent[]>,
): McpTool {
  return {
    ...defineTool({
      name,
      title: name,
      description: `Conformance fixture ${name}`,
      input,
      output: z.object({ content: z.array(z.custom<ToolContent>()) }),
      annotations,
      async handle(given, { peer, ...context }) {
        if (peer === null) throw new Error('The fixture needs a client');
        return { content: [...(await run(given, { ...context, peer }))] };
      },
    }),
    output: null,
  };
}

const none = z.object({});
const says = (text: string): ToolContent => ({ type: 'text', text });

/** What the client answered, or why it could not, in words. */
async function asked(
  peer: ToolPeer,
  method: Parameters<ToolPeer['ask']>[0],
  params: Readonly<Record<string, unknown>>,
): Promise<readonly ToolContent[]> {
  const answer = await peer.ask(method, params);
  if (method === 'elicitation/create') {
    const { action, content = {} } = answer;
    return [says(`User response: action=${String(action)}, content=${JSON.stringify(content)}`)];
  }
  const { content } = z.object({ content: z.looseObject({ text: z.string() }) }).parse(answer);
  return [says(`LLM response: ${content.text}`)];
}

const object = (
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = [],
) => ({
  type: 'object',
  properties,
  required,
});

/** The tools that the conformance suite calls by name. */
export const fixtureTools: readonly McpTool[] = [
  fixture('test_simple_text', none, async () => [
    says('This is a simple text response for testing.'),
  ]),
  fixture('test_image_content', none, async () => [
    { type: 'image', data: fixtureImage, mimeType: 'image/png' },
  ]),
  fixture('test_audio_content', none, async () => [
    { type: 'audio', data: fixtureSound, mimeType: 'audio/wav' },
  ]),
  fixture('test_embedded_resource', none, async () => [
    {
      type: 'resource',
      resource: {
        uri: 'test://embedded-resource',
        mimeType: 'text/plain',
        text: 'This is an embedded resource content.',
      },
    },
  ]),
  fixture('test_multiple_content_types', none, async () => [
    says('Multiple content types test:'),
    { type: 'image', data: fixtureImage, mimeType: 'image/png' },
    {
      type: 'resource',
      resource: {
        uri: 'test://mixed-content-resource',
        mimeType: 'application/json',
        text: JSON.stringify({ test: 'data', value: 123 }),
      },
    },
  ]),
  fixture('test_tool_with_logging', none, async (_, { peer }) => {
    await peer.log('info', 'Tool execution started');
    await peer.log('info', 'Tool processing data');
    await peer.log('info', 'Tool execution completed');
    return [says('Tool with logging executed successfully')];
  }),
  fixture('test_tool_with_progress', none, async (_, { progress }) => {
    for (const done of [0, 50, 100]) {
      progress({ done, total: 100, message: `Completed step ${done} of 100` });
    }
    return [says('done')];
  }),
  fixture('test_error_handling', none, async () => {
    throw Object.assign(new Error('This tool intentionally returns an error for testing'), {
      code: 'UNAVAILABLE',
    });
  }),
  fixture('test_reconnection', none, async (_, { peer }) => {
    peer.releaseStream();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return [says('Reconnection test completed successfully.')];
  }),
  fixture('test_sampling', z.object({ prompt: z.string() }), ({ prompt }, { peer }) =>
    asked(peer, 'sampling/createMessage', {
      messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
      maxTokens: 100,
    }),
  ),
  fixture('test_elicitation', z.object({ message: z.string() }), ({ message }, { peer }) =>
    asked(peer, 'elicitation/create', {
      message,
      requestedSchema: object({ response: { type: 'string', description: 'User response' } }, [
        'response',
      ]),
    }),
  ),
  fixture('test_elicitation_sep1034_defaults', none, (_, { peer }) =>
    asked(peer, 'elicitation/create', {
      message: 'Please review and update the form fields with defaults',
      requestedSchema: object({
        name: { type: 'string', default: 'John Doe' },
        age: { type: 'integer', default: 30 },
        score: { type: 'number', default: 95.5 },
        status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
        verified: { type: 'boolean', default: true },
      }),
    }),
  ),
  fixture('test_elicitation_sep1330_enums', none, (_, { peer }) =>
    asked(peer, 'elicitation/create', {
      message: 'Please select options from the enum fields',
      requestedSchema: object({
        untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
        titledSingle: {
          type: 'string',
          oneOf: [
            { const: 'value1', title: 'First Option' },
            { const: 'value2', title: 'Second Option' },
            { const: 'value3', title: 'Third Option' },
          ],
        },
        legacyEnum: {
          type: 'string',
          enum: ['opt1', 'opt2', 'opt3'],
          enumNames: ['Option One', 'Option Two', 'Option Three'],
        },
        untitledMulti: {
          type: 'array',
          minItems: 1,
          maxItems: 3,
          items: { type: 'string', enum: ['option1', 'option2', 'option3'] },
        },
        titledMulti: {
          type: 'array',
          minItems: 1,
          maxItems: 3,
          items: {
            anyOf: [
              { const: 'value1', title: 'First Choice' },
              { const: 'value2', title: 'Second Choice' },
              { const: 'value3', title: 'Third Choice' },
            ],
          },
        },
      }),
    }),
  ),
];
