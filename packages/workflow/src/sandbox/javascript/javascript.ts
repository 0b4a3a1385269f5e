import type { SandboxLanguage } from '../language.ts';
import { buildProgram } from './build-program.ts';
import { bundle, bundledPath } from './bundle.ts';

/**
 * JavaScript and TypeScript: bundled by esbuild (types are stripped, not checked), run by Node's
 * test runner. Tests are written for Jest (globals or `@jest/globals`), Vitest's common part or
 * `node:test`, with `expect` or `node:assert`.
 */
export function javascript(language: 'javascript' | 'typescript'): SandboxLanguage {
  return {
    language,
    interpreter: 'node',
    async harness() {
      return [
        { path: 'javascript.mjs', content: await buildProgram('javascript/harness.ts') },
        {
          path: 'replay.mjs',
          content: "globalThis[Symbol.for('@org/workflow/harness')].replay();\n",
        },
      ];
    },
    async prepare({ mode, request, jobFolder, harnessFolder }) {
      const { files: sources, tests, support = [], useStub = false } = request;
      const stub = mode === 'collect' || useStub;
      const bundled = await bundle({ sources, tests, support, stub });
      if (!bundled.ok) return bundled;
      return {
        ok: true,
        files: [...bundled.files, ...tests, ...support, ...(stub ? [] : sources)],
        args: [`${harnessFolder}/javascript.mjs`],
        config: {
          tests: tests.map(({ path }) => ({
            path,
            module: `${jobFolder}/${bundledPath(path)}`,
          })),
        },
      };
    },
  };
}
