import {
  type CodeLanguage,
  loadCodeParser,
  longestRead,
  type ParsedModule,
  parseCode,
} from '@org/context';
import type { EventData } from '@org/events';
import { languageOf } from '../language.ts';
import type { Outcome, StepContext } from './step-context.ts';

type Finding = EventData<'DEAD_CODE_ANALYSIS'>['findings'][number];

interface ReadFile {
  readonly path: string;
  readonly content: string;
  readonly parsed: ParsedModule;
}

/**
 * Finds what nothing uses: functions that are neither exported nor called, imports that no line needs.
 * By the parser alone; no model is asked.
 */
export async function analyseDeadCode(context: StepContext): Promise<Outcome> {
  await loadCodeParser();
  const files: ReadFile[] = [];
  for (const file of Object.values(context.state.snapshot)) {
    context.signal.throwIfAborted();
    const language: CodeLanguage | null = languageOf(file.path);
    if (language === null) continue;
    files.push({
      path: file.path,
      content: file.content,
      parsed: parseCode(file.content, language, { upTo: longestRead }),
    });
    // The beginning of one file is read quickly; between two, others have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const findings = files.flatMap((file) => {
    const words = wordCounts(file.content);
    return [...unusedFunctions(file, words), ...unusedImports(file, words)];
  });
  return [{ eventType: 'DEAD_CODE_ANALYSIS', data: { findings } }];
}

function unusedFunctions({ path, parsed }: ReadFile, words: WordCounts): readonly Finding[] {
  return parsed.functions
    .filter(
      (declared) =>
        !declared.exported &&
        // Methods are reached through their object; in Python every top-level name can be imported.
        !declared.name.includes('.') &&
        parsed.language !== 'python' &&
        (words.get(declared.name) ?? 0) <= 1,
    )
    .map(({ name, startLine }) => ({ module: path, name, kind: 'function', line: startLine }));
}

function unusedImports({ path, parsed }: ReadFile, words: WordCounts): readonly Finding[] {
  return parsed.imports
    .filter((imported) => !imported.reexport)
    .flatMap((imported) =>
      imported.names
        .filter(({ local }) => local !== '*' && (words.get(local) ?? 0) <= 1)
        .map(({ local }) => ({ module: path, name: local, kind: 'import', line: imported.line })),
    );
}

type WordCounts = ReadonlyMap<string, number>;

/** How often each name stands in a text as a word of its own; read once, however many names are looked up. */
function wordCounts(text: string): WordCounts {
  const counts = new Map<string, number>();
  for (const [word] of text.matchAll(/[\p{ID_Continue}$]+/gu))
    counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
