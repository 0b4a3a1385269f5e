import { type CodeLanguage, loadCodeParser, type ParsedModule, parseCode } from '@org/context';
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
      parsed: parseCode(file.content, language),
    });
    // Parsing is quick for one file; between two, others have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const findings = files.flatMap((file) => [...unusedFunctions(file), ...unusedImports(file)]);
  return [{ eventType: 'DEAD_CODE_ANALYSIS', data: { findings } }];
}

function unusedFunctions({ path, content, parsed }: ReadFile): readonly Finding[] {
  return parsed.functions
    .filter(
      (declared) =>
        !declared.exported &&
        // Methods are reached through their object; in Python every top-level name can be imported.
        !declared.name.includes('.') &&
        parsed.language !== 'python' &&
        occurrences(content, declared.name) <= 1,
    )
    .map(({ name, startLine }) => ({ module: path, name, kind: 'function', line: startLine }));
}

function unusedImports({ path, content, parsed }: ReadFile): readonly Finding[] {
  return parsed.imports
    .filter((imported) => !imported.reexport)
    .flatMap((imported) =>
      imported.names
        .filter(({ local }) => local !== '*' && occurrences(content, local) <= 1)
        .map(({ local }) => ({ module: path, name: local, kind: 'import', line: imported.line })),
    );
}

/** How often a name stands in a text as a word of its own. */
function occurrences(text: string, name: string): number {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.match(new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`, 'g'))?.length ?? 0;
}
