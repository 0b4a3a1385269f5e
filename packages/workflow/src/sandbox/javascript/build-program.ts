import { join } from 'node:path';
import { insideFolder } from '../inside-folder.ts';
import { buildUntrusted } from './esbuild-service.ts';

/** Bundled CommonJS parts look for what an ES module does not have. */
const commonJsNames =
  "import{createRequire as __createRequire}from'node:module';" +
  'const require=__createRequire(import.meta.url),__dirname=import.meta.dirname,__filename=import.meta.filename;';

const built = new Map<string, Promise<string>>();

/** One of this package's own programs as a single ES module that needs nothing but Node; built once. */
export function buildProgram(entry: string): Promise<string> {
  const program = built.get(entry) ?? bundleProgram(entry);
  built.set(entry, program);
  // A failure is not kept.
  program.catch(() => built.delete(entry));
  return program;
}

async function bundleProgram(entry: string): Promise<string> {
  const result = await buildUntrusted({
    entryPoints: [join(insideFolder(), entry)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    banner: { js: commonJsNames },
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}
