import { longestRead, parseCode } from '../../graph/code/code-parser.ts';
import type { CodeLanguage, ParsedModule } from '../../graph/code/parsed-module.ts';
import { RememberedReadings } from './remembered-readings.ts';

const remembered = new RememberedReadings<ParsedModule>({ most: 512, mostCharacters: 8_000_000 });

/**
 * `parseCode` of a file's beginning, remembered by content: a task's files are seen again and again while it
 * is folded, and meanwhile nothing else runs.
 */
export function parseOnce(content: string, language: CodeLanguage): ParsedModule {
  const key = `${language}\n${content}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const parsed = parseCode(content, language, { upTo: longestRead });
  // Rough readings are not kept: the grammar may be loaded the next time.
  if (parsed.parser === 'tree-sitter') remembered.set(key, parsed);
  return parsed;
}
