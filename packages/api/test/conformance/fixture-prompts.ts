import type { McpPrompt } from '../../src/mcp/index.ts';
import { fixtureImage } from './fixture-media.ts';

const wanted = (name: string) => ({ name, description: name, required: true });

/** The prompts that the conformance suite asks for by name. */
export const fixturePrompts: readonly McpPrompt[] = [
  {
    name: 'test_simple_prompt',
    title: 'Simple',
    description: 'A simple prompt without arguments',
    arguments: [],
    messages: () => [{ type: 'text', text: 'This is a simple prompt for testing.' }],
  },
  {
    name: 'test_prompt_with_arguments',
    title: 'Arguments',
    description: 'A prompt with required arguments',
    arguments: [wanted('arg1'), wanted('arg2')],
    messages: ({ arg1, arg2 }) => [
      { type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` },
    ],
  },
  {
    name: 'test_prompt_with_embedded_resource',
    title: 'Resource',
    description: 'A prompt that includes an embedded resource',
    arguments: [wanted('resourceUri')],
    messages: ({ resourceUri = '' }) => [
      {
        type: 'resource',
        resource: {
          uri: resourceUri,
          mimeType: 'text/plain',
          text: 'Embedded resource content for testing.',
        },
      },
      { type: 'text', text: 'Please process the embedded resource above.' },
    ],
  },
  {
    name: 'test_prompt_with_image',
    title: 'Image',
    description: 'A prompt that includes image content',
    arguments: [],
    messages: () => [
      { type: 'image', data: fixtureImage, mimeType: 'image/png' },
      { type: 'text', text: 'Please analyze the image above.' },
    ],
  },
];
