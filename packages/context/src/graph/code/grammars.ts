import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';
import type { CodeLanguage } from './parsed-module.ts';

/** Parsers that are ready, by language. */
export type Grammars = ReadonlyMap<CodeLanguage, Parser>;

const languages: readonly CodeLanguage[] = ['typescript', 'tsx', 'javascript', 'python'];

/**
 * Loads the grammars (WebAssembly, about 30 ms). One that cannot be loaded is left out: the regex
 * fallback reads its language.
 */
export async function loadGrammars(): Promise<Grammars> {
  const grammars = new Map<CodeLanguage, Parser>();
  let resolve: NodeJS.RequireResolve;
  try {
    resolve = createRequire(import.meta.filename).resolve;
    await Parser.init();
  } catch {
    return grammars;
  }
  for (const language of languages) {
    try {
      const path = resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${language}.wasm`);
      grammars.set(language, new Parser().setLanguage(await Language.load(path)));
    } catch {
      // This language is read by the fallback.
    }
  }
  return grammars;
}
