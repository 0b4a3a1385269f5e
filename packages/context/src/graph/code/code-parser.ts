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
 * Characters of one source that are read, at most, since nothing else runs meanwhile: about 80 ms of code,
 * up to half a second of what is none. A file of that length takes up the window of most small models.
 */
export const longestRead = 65_536;

/**
 * What a source declares, needs and offers. Broken code still gives what can be read of it; nothing throws.
 * Of a source longer than {@link longestRead} the lines up to there are read.
 *
 * About 1 ms for each KB.
 */
export function parseCode(whole: string, language: CodeLanguage): ParsedModule {
  const source = beginning(whole);
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
function beginning(source: string): string {
  if (source.length <= longestRead) return source;
  const cut = source.lastIndexOf('\n', longestRead - 1) + 1;
  return source.slice(0, cut === 0 ? longestRead : cut);
}
