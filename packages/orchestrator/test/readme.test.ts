import * as files from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, it } from 'vitest';
import * as library from '../src/index.ts';
import * as testing from '../src/testing/index.ts';

const { readFile } = files;
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const snippets = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);

/** Runs a snippet as the reader would, with these modules in place of the installed ones. */
async function run(code: string): Promise<string[]> {
  const printed: string[] = [];
  const body = stripTypeScriptTypes(
    code.replace(
      /import \{([^}]*)\} from '([^']*)';/g,
      (_all, names, from) => `const {${names}} = modules[${JSON.stringify(from)}];`,
    ),
  );
  const modules = {
    '@org/orchestrator': library,
    '@org/orchestrator/testing': testing,
    'node:fs/promises': files,
  };
  const print = { log: (...values: unknown[]) => void printed.push(values.join(' ')) };
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction('modules', 'console', body)(modules, print);
  return printed;
}

describe('the README', () => {
  const printed = [
    ['completed'],
    ['CRITICAL, HIGH, LOW'],
    ['critical', 'queued,full,full', 'ok'],
    ['timed-out'],
    ['data', 'report'],
    ['one at a time: 1', 'one at a time: 2', 'one at a time: 3'],
    ['timed-out'],
  ];

  it('has a promise for each of its snippets', () => {
    expect(snippets).toHaveLength(printed.length);
  });

  it.each(printed.map((lines, index) => [index, lines] as const))(
    'runs snippet %i, which prints %o',
    async (index, lines) => {
      expect(await run(snippets[index] ?? '')).toEqual(lines);
    },
  );

  it('lists every error code, and no other', async () => {
    const source = await readFile(
      new URL('../src/errors/orchestrator-error.ts', import.meta.url),
      'utf8',
    );
    const union = /OrchestratorErrorCode =([^;]*);/.exec(source)?.[1] ?? '';
    const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code);
    const listed = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(10);
    expect(listed).toEqual(codes);
  });

  it('names every event', async () => {
    const source = await readFile(
      new URL('../src/observe/orchestrator-events.ts', import.meta.url),
      'utf8',
    );
    const names = [...source.matchAll(/^ {2}'?([a-z.-]+)'?: /gm)].map(([, name = '']) => name);
    expect(names).toContain('task.submitted');
    for (const name of names) expect(readme).toContain(name.replace('task.', ''));
  });
});
