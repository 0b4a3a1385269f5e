import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { mcpTools } from '../src/mcp/index.ts';

/** The modules that a module comes to be made of, its own package's only, and what else they import. */
async function importsOf(entry: URL, seen = new Set<string>()): Promise<ReadonlySet<string>> {
  const text = await readFile(entry, 'utf8');
  for (const [, name = ''] of text.matchAll(
    /^(?:import|export) (?!type\b)[^;]*? from '([^']+)';/gm,
  )) {
    const target = name.startsWith('.') ? new URL(name, entry) : undefined;
    const id = target?.href ?? name;
    if (seen.has(id)) continue;
    seen.add(id);
    if (target) await importsOf(target, seen);
  }
  return seen;
}

it.each(['mcp-tools.ts', 'prompts.ts', 'task-resources.ts'])(
  'what MCP offers is independent of the SDK and its version: nothing that %s is made of imports it',
  async (file) => {
    const imported = await importsOf(new URL(`../src/mcp/${file}`, import.meta.url));
    expect([...imported].filter((id) => id.includes('modelcontextprotocol'))).toEqual([]);
  },
);

it('a tool is defined once, as data: name, zod input and output, handler', () => {
  for (const tool of mcpTools) {
    expect(tool.name).toMatch(/^[a-z_]+$/);
    expect(tool.input).toBeInstanceOf(z.ZodObject);
    expect(tool.output).toBeInstanceOf(z.ZodType);
    expect(tool).toHaveProperty('call', expect.any(Function));
  }
  expect(new Set(mcpTools.map(({ name }) => name)).size).toBe(mcpTools.length);
});
