import { type Grammars, loadGrammars } from './grammars.ts';
import { parseByPattern } from './parse-by-pattern.ts';
import type { CodeLanguage, ParsedModule } from './parsed-module.ts';
import { readPython } from './read-python.ts';
import { readScript } from './read-script.ts';

let loading: Promise<void> | null = null;
let grammars: Grammars = new Map();

/**
 * Makes the grammars ready; until then `parseCode` reads by patterns. Call it once at the start: later
 * calls cost nothing. Never rejects.
 */
export function loadCodeParser(): Promise<void> {
  loading ??= loadGrammars().then((loaded) => {
    grammars = loaded;
  });
  return loading;
}

/**
 * Characters of one source that are read at once where others wait for their turn: about 80 ms of code, up to
 * half a second of what is none. A file of that length takes up the window of most small models.
 */
export const longestRead = 65_536;

/**
 * What a source declares, needs and offers. Broken code still gives what can be read of it; nothing throws.
 *
 * About 1 ms for each KB, during which nothing else runs.
 *
 * @param options.upTo Of a longer source its lines up to this character are read. @default all of it
 */
export function parseCode(
  whole: string,
  language: CodeLanguage,
  options: { readonly upTo?: number } = {},
): ParsedModule {
  const source = beginning(whole, options.upTo ?? whole.length);
  const parser = grammars.get(language);
  const tree = parser?.parse(source) ?? null;
  if (tree === null) return parseByPattern(source, language);
  try {
    const read = language === 'python' ? readPython : readScript;
    return { ...read(tree.rootNode, source), language, parser: 'tree-sitter' };
  } finally {
    tree.delete();
  }
}

/** Whole lines where it has any. */
function beginning(source: string, upTo: number): string {
  if (source.length <= upTo) return source;
  const cut = source.lastIndexOf('\n', upTo - 1) + 1;
  return source.slice(0, cut === 0 ? upTo : cut);
}
