import { longestRead, parseCode } from '../graph/code/code-parser.ts';
import type { CodeLanguage, ParsedModule } from '../graph/code/parsed-module.ts';

const parsedBefore = new Map<string, ParsedModule>();
const parsedBeforeLimit = 512;

/**
 * `parseCode` of a file's beginning, remembered by content: a task's files are seen again and again while it
 * is folded, and meanwhile nothing else runs.
 */
export function parseOnce(content: string, language: CodeLanguage): ParsedModule {
  const key = `${language}\n${content}`;
  const known = parsedBefore.get(key);
  if (known !== undefined) return known;
  const parsed = parseCode(content, language, { upTo: longestRead });
  // Rough readings are not kept: the grammar may be loaded the next time.
  if (parsed.parser !== 'tree-sitter') return parsed;
  if (parsedBefore.size >= parsedBeforeLimit) parsedBefore.clear();
  parsedBefore.set(key, parsed);
  return parsed;
}
