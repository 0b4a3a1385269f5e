import { isBuiltin } from 'node:module';
import { dirname, extname, join, normalize } from 'node:path/posix';
import type { Loader, OnResolveArgs, Plugin } from 'esbuild';
import type { FileContent } from '../../test-runner.ts';

const loaders: Readonly<Record<string, Loader>> = {
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.json': 'json',
};
const guesses = ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json'];

/** Modules that the harness stands for: what a test imports to be a test. */
const harnessModules: Readonly<Record<string, 'jest' | 'nodeTest' | 'expect'>> = {
  '@jest/globals': 'jest',
  vitest: 'jest',
  jest: 'jest',
  expect: 'expect',
  'node:test': 'nodeTest',
  test: 'nodeTest',
};

/**
 * Lets esbuild see the files of the task, in memory, `node:` built-ins and the harness: nothing else.
 * It never reads the disk, so no path, link, glob or loader can pull a file of the host into a bundle.
 */
export function taskFiles(options: {
  readonly files: readonly FileContent[];
  /** Paths whose content is replaced by a stub. */
  readonly stubbed: ReadonlySet<string>;
}): Plugin {
  const contents = new Map(options.files.map((file) => [file.path, file.content]));
  return {
    name: 'task-files',
    setup(build) {
      build.onResolve({ filter: /.*/ }, (args) => {
        if (args.kind === 'entry-point') return { path: args.path, namespace: 'task' };
        return resolveImport(args, contents);
      });
      build.onLoad({ filter: /.*/, namespace: 'harness' }, ({ path }) => ({
        contents: `module.exports = globalThis[Symbol.for('@org/workflow/harness')].${
          path === 'expect' ? 'jest' : path
        };`,
        loader: 'js',
      }));
      build.onLoad({ filter: /.*/, namespace: 'task' }, ({ path }) => {
        if (options.stubbed.has(path)) {
          return {
            contents: `module.exports = globalThis[Symbol.for('@org/workflow/harness')].stub(${JSON.stringify(path)});`,
            loader: 'js',
          };
        }
        return { contents: contents.get(path) ?? '', loader: loaders[extname(path)] ?? 'text' };
      });
      // Nothing is left to esbuild's own loading.
      build.onLoad({ filter: /.*/ }, ({ path }) => ({
        errors: [{ text: `${path} is not a file of the task` }],
      }));
    },
  };
}

function resolveImport(args: OnResolveArgs, contents: ReadonlyMap<string, string>) {
  const harness = Object.hasOwn(harnessModules, args.path) ? harnessModules[args.path] : undefined;
  if (harness !== undefined) return { path: harness, namespace: 'harness' };
  if (/^\.{1,2}(\/|$)/.test(args.path)) {
    const path = findFile(normalize(join(dirname(args.importer), args.path)), contents);
    if (path !== null) return { path, namespace: 'task' };
    return { errors: [{ text: `"${args.path}" is not a file of the task` }] };
  }
  if (isBuiltin(args.path)) {
    return {
      path: args.path.startsWith('node:') ? args.path : `node:${args.path}`,
      external: true,
    };
  }
  return {
    errors: [
      { text: `"${args.path}" cannot be imported: only files of the task and node: built-ins can` },
    ],
  };
}

/** As written, with an extension, as TypeScript's `.js` for `.ts`, or as a folder's index. */
function findFile(path: string, contents: ReadonlyMap<string, string>): string | null {
  const candidates = [
    path,
    ...guesses.map((extension) => path + extension),
    path.replace(/\.([mc]?)js$/, '.$1ts'),
    path.replace(/\.jsx?$/, '.tsx'),
    ...guesses.map((extension) => `${path}/index${extension}`),
  ];
  return candidates.find((candidate) => contents.has(candidate)) ?? null;
}
