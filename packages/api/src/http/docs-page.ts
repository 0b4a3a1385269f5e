import { grouped } from './grouped.ts';
import type { OpenApiDocument } from './openapi.ts';

/** The page loads its own style and nothing else; no script runs on it. */
export const docsPolicy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'";

export const docsStyle = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #8884; }
details { border: 1px solid #8884; border-radius: .4rem; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; }
summary code { font-weight: 600; }
.method { display: inline-block; min-width: 3.2rem; font: 600 .8rem ui-monospace, monospace; text-transform: uppercase; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #8882; }
pre { overflow-x: auto; padding: .6rem; background: #8881; border-radius: .3rem; font-size: .85rem; }
`;

type Json = { readonly [key: string]: unknown };

/** The description as one page of HTML: readable offline, without scripts, under a strict CSP. */
export function docsPage(document: OpenApiDocument): string {
  const groups = grouped(operations(document), ({ tag }) => tag);
  const sections = [...groups].map(
    ([tag, list]) => `<h2>${escapeHtml(tag)}</h2>${list.map(({ text }) => text).join('')}`,
  );
  const schemas = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) =>
      `<details id="schema-${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code></summary>${json(schema)}</details>`,
  );
  const { title, version, description = '' } = document.info;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} ${escapeHtml(version)}</title><link rel="stylesheet" href="/docs/style.css"></head>
<body><h1>${escapeHtml(title)} <small>${escapeHtml(version)}</small></h1><p>${escapeHtml(description)}</p>
<p><a href="/openapi.json">openapi.json</a></p>${sections.join('')}
<h2>Schemas</h2>${schemas.join('')}</body></html>`;
}

function operations(document: OpenApiDocument) {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item ?? {}).map(([method, value]) => {
      // An OpenAPI document that we have made ourselves: operations are plain objects.
      const operation = value as Json;
      const tag = words(list(operation.tags)[0]);
      return { tag, text: operationText(method, path, operation) };
    }),
  );
}

function operationText(method: string, path: string, operation: Json): string {
  const parameters = list(operation.parameters).map((parameter) => {
    const { name, in: place, required, description } = parameter as Json;
    return `<tr><td><code>${escapeHtml(words(name))}</code></td><td>${escapeHtml(words(place))}${required ? ', required' : ''}</td><td>${escapeHtml(words(description))}</td></tr>`;
  });
  const answers = Object.entries((operation.responses ?? {}) as Json).map(([status, answer]) => {
    const { description, content } = answer as Json;
    return `<tr><td>${escapeHtml(status)}</td><td>${escapeHtml(words(description))}</td><td>${schemaLinks(content)}</td></tr>`;
  });
  const body = operation.requestBody as Json | undefined;
  return `<details><summary><span class="method">${escapeHtml(method)}</span> <code>${escapeHtml(path)}</code> ${escapeHtml(words(operation.summary))}</summary>
${body ? `<p>Body: ${schemaLinks(body.content)}</p>` : ''}${parameters.length > 0 ? `<table>${parameters.join('')}</table>` : ''}
<table>${answers.join('')}</table></details>`;
}

/** A link to each schema that a content refers to by name; others are shown in full. */
function schemaLinks(content: unknown): string {
  return Object.entries((content ?? {}) as Json)
    .map(([type, value]) => {
      const schema = (value as Json).schema;
      const reference = (schema as Json | undefined)?.$ref;
      const name = typeof reference === 'string' ? reference.split('/').at(-1) : undefined;
      const shown = name
        ? `<a href="#schema-${escapeHtml(name)}">${escapeHtml(name)}</a>`
        : schema
          ? json(schema)
          : '';
      return `<code>${escapeHtml(type)}</code> ${shown}`;
    })
    .join(' ');
}

function json(value: unknown): string {
  return `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
