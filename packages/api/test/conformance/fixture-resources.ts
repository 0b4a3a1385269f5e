import type { McpResources, ResourceContent } from '../../src/mcp/index.ts';
import { fixtureImage } from './fixture-media.ts';

const fixed: Readonly<Record<string, ResourceContent>> = {
  'test://static-text': {
    mimeType: 'text/plain',
    text: 'This is the content of the static text resource.',
  },
  'test://static-binary': { mimeType: 'image/png', blob: fixtureImage },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched resource content' },
};

function read(uri: string): ResourceContent | undefined {
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) return fixed[uri];
  const data = { id, templateTest: true, data: `Data for ID: ${id}` };
  return { mimeType: 'application/json', text: JSON.stringify(data) };
}

/** The fixtures of the conformance suite; whatever else is asked for goes to the real resources. */
export function withFixtureResources(real: McpResources): McpResources {
  return {
    templates: [
      ...real.templates,
      {
        uriTemplate: 'test://template/{id}/data',
        name: 'template',
        title: 'Resource Template',
        description: 'A resource template with parameter substitution',
        mimeType: 'application/json',
      },
    ],
    async list(cursor) {
      const page = await real.list(cursor);
      const fixtures = Object.entries(fixed).map(([uri, { mimeType }]) => ({
        uri,
        name: uri.replace('test://', ''),
        title: uri,
        description: 'Conformance fixture',
        mimeType,
      }));
      return { ...page, resources: [...fixtures, ...page.resources] };
    },
    read: async (uri) => read(uri) ?? real.read(uri),
    follow: async (uri, onChange) => (read(uri) ? () => {} : real.follow(uri, onChange)),
    changedSince: async (uri, sequence) => !read(uri) && real.changedSince(uri, sequence),
  };
}
