import { basename, dirname, join } from 'node:path/posix';
import type { BuildFailure, Message } from 'esbuild';
import type { FileContent, TestFailure } from '../../test-runner.ts';
import { buildUntrusted } from './esbuild-service.ts';
import { taskFiles } from './task-files.ts';

/** Far more than a model writes; deep nesting in more could take the parser's memory. */
const maxSourceBytes = 100_000;

export type Bundle =
  | { readonly ok: true; readonly files: readonly FileContent[] }
  | { readonly ok: false; readonly failure: TestFailure };

/**
 * Bundles test files and sources into ES modules, in memory.
 *
 * Each source is an entry of its own, so that no scope is shared between tests and sources:
 * an `eval` in a source sees nothing of a test.
 */
export async function bundle(request: {
  readonly sources: readonly FileContent[];
  readonly tests: readonly FileContent[];
  readonly support: readonly FileContent[];
  readonly stub: boolean;
}): Promise<Bundle> {
  const { sources, tests, support, stub } = request;
  const code = sources.filter((source) => isCode(source.path));
  const large = code.find((source) => !stub && Buffer.byteLength(source.content) > maxSourceBytes);
  if (large !== undefined) {
    const message = `${large.path} has more than ${maxSourceBytes} bytes.`;
    return { ok: false, failure: { kind: 'syntax', message } };
  }
  try {
    const result = await buildUntrusted({
      entryPoints: [...tests, ...code].map(({ path }) => ({
        in: path,
        out: bundledPath(path).slice(0, -'.mjs'.length),
      })),
      plugins: [
        taskFiles({
          files: [...sources, ...tests, ...support],
          stubbed: new Set(stub ? code.map((source) => source.path) : []),
        }),
      ],
      bundle: true,
      splitting: true,
      write: false,
      outdir: '/',
      outbase: '/',
      absWorkingDir: '/',
      outExtension: { '.js': '.mjs' },
      chunkNames: '.chunk-[hash]',
      platform: 'node',
      format: 'esm',
      target: 'node22',
      keepNames: true,
      charset: 'utf8',
      jsx: 'automatic',
      tsconfigRaw: '{}',
      legalComments: 'none',
      logLevel: 'silent',
      logLimit: 5,
    });
    return {
      ok: true,
      files: result.outputFiles.map((file) => ({ path: file.path.slice(1), content: file.text })),
    };
  } catch (error) {
    return { ok: false, failure: { kind: 'syntax', message: describe(error) } };
  }
}

/** Where the bundle of a file goes: beside it, hidden, since no file of a task has a hidden name. */
export function bundledPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.bundle.mjs`);
}

function isCode(path: string): boolean {
  return /\.[mc]?[jt]sx?$/.test(path);
}

function describe(error: unknown): string {
  if (!isBuildFailure(error)) return error instanceof Error ? error.message : String(error);
  return error.errors.map(describeMessage).join('\n');
}

function describeMessage({ text, location }: Message): string {
  if (location === null) return text;
  const file = location.file.replace(/^task:/, '');
  return `${file}:${location.line}:${location.column + 1}: ${text}\n    ${location.lineText.slice(0, 200)}`;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}
