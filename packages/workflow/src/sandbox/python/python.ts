import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileContent } from '../../test-runner.ts';
import { insideFolder } from '../inside-folder.ts';
import type { SandboxLanguage } from '../language.ts';
import { defaultLimits } from '../limits.ts';

/** A test that takes this share of the whole time is ended by itself, so that the others get theirs. */
const testShare = 0.5;

/**
 * Python with `unittest`; tests written for pytest run where pytest is installed for the
 * interpreter. Modules are named from the root of the task: `lib/queue.py` is `lib.queue`.
 */
export function python(): SandboxLanguage {
  return {
    language: 'python',
    interpreter: 'python',
    async harness() {
      const content = await readFile(join(insideFolder(), 'python', 'harness.py'), 'utf8');
      return [{ path: 'python.py', content }];
    },
    async prepare({ mode, request, harnessFolder }) {
      const { files: sources, tests, support = [], useStub = false, limits } = request;
      const stub = mode === 'collect' || useStub;
      const timeoutMs = limits?.timeoutMs ?? defaultLimits.timeoutMs;
      return {
        ok: true,
        files: [...tests, ...support, ...(stub ? [] : sources)],
        // Isolated from the environment and the user's packages; no bytecode is written.
        args: ['-I', '-B', '-X', 'utf8', `${harnessFolder}/python.py`],
        config: {
          tests: tests.map(({ path }) => ({ path, module: moduleName(path) })),
          stubs: stub ? sources.filter(isModule).map(({ path }) => moduleName(path)) : [],
          pytest: tests.some(needsPytest),
          testTimeoutMs: Math.ceil(timeoutMs * testShare),
        },
      };
    },
  };
}

function isModule({ path }: FileContent): boolean {
  return path.endsWith('.py');
}

function moduleName(path: string): string {
  return path
    .replace(/\.py$/, '')
    .replace(/\/__init__$/, '')
    .replaceAll('/', '.');
}

/** A test file that unittest would find nothing in: it imports pytest, or its tests are plain functions. */
function needsPytest({ content }: FileContent): boolean {
  return /^\s*(import|from)\s+pytest\b/m.test(content) || /^(async\s+)?def\s+test/m.test(content);
}
