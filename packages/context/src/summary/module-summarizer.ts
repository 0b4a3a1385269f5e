import { defineSignature, estimatingCounter } from '@org/models';
import { z } from 'zod';
import { loadCodeParser, parseCode } from '../graph/code/code-parser.ts';
import { languageOf } from '../graph/code/language-of.ts';
import type { CodeLanguage, ParsedModule } from '../graph/code/parsed-module.ts';
import { clipTokens } from './clip-tokens.ts';
import { type Author, materialTokens, type SummarizerOptions, writeProse } from './prose.ts';
import { sampleSource } from './sample-source.ts';

export interface ModuleSummaryInput {
  /** Its file name; the language follows from it. */
  readonly moduleName: string;
  readonly sourceCode: string;
  /** @default none */
  readonly testResults?: readonly { readonly name: string; readonly status: string }[] | undefined;
  /** What was tried, one line each, oldest first. @default none */
  readonly iterationHistory?: readonly string[] | undefined;
}

/** A module in a few words. Dependencies and functions come from the parser, never from a model. */
export interface ModuleSummary {
  readonly purpose: string;
  /** What it imports, as written. */
  readonly dependencies: readonly string[];
  /** The signatures of what it declares, in their order. */
  readonly functions: readonly string[];
  readonly keyDecisions: readonly string[];
  /** At most 200 tokens. */
  readonly summary: string;
  readonly author: Author;
}

const summaryTokens = 200;
export const noCodeYet = 'No code yet';

const input = z.object({
  moduleName: z.string(),
  sourceCode: z.string(),
  tests: z.string(),
  history: z.string(),
});
const prose = z.object({
  purpose: z.string().min(1),
  keyDecisions: z.array(z.string()),
  summary: z.string().min(1),
});

/** Says what a module is for, how it is built and how it stands. */
export class ModuleSummarizer {
  readonly #options: SummarizerOptions;

  constructor(options: SummarizerOptions = {}) {
    this.#options = options;
  }

  /**
   * One call to the model at most 30 s long; without it the prose comes from the code. Broken code is
   * summarised as far as it can be read, empty code needs no call.
   */
  async summarize(
    given: ModuleSummaryInput,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ModuleSummary> {
    const { moduleName, sourceCode, testResults = [], iterationHistory = [] } = given;
    if (sourceCode.trim() === '') return emptyModule;
    await loadCodeParser();
    const parsed = parseCode(sourceCode, languageOf(moduleName) ?? guessLanguage(sourceCode));
    const { model } = this.#options;
    const passed = testResults.filter(({ status }) => status === 'passed').length;
    const material = {
      moduleName,
      sourceCode: sampleSource(sourceCode, {
        parsed,
        counter: model?.tokens ?? estimatingCounter('other'),
        maxTokens: materialTokens(model),
      }),
      tests: testResults.length === 0 ? 'not run' : `${passed} of ${testResults.length} passed`,
      history: iterationHistory.slice(-10).join('\n').slice(-2_000) || 'none',
    };
    const signature = {
      ...moduleSignature,
      fallback: ({ tests }: typeof material) =>
        proseOf(parsed, { moduleName, tests, iterationHistory }),
    };
    const written = await writeProse(signature, material, { ...this.#options, ...options });
    return {
      purpose: written.prose.purpose,
      dependencies: [...new Set(parsed.imports.map(({ source }) => source))],
      functions: parsed.functions.map(({ signature: line }) => line),
      keyDecisions: written.prose.keyDecisions,
      summary: clipTokens(written.prose.summary, summaryTokens),
      author: written.author,
    };
  }
}

const moduleSignature = defineSignature({
  name: 'module-summary',
  instructions:
    'Summarise one module of a program for an engineer who will work on it without reading it. Say only what the code shows. keyDecisions: at most three choices that someone must know before changing it. summary: at most 100 words.',
  input,
  output: prose,
});

const emptyModule: ModuleSummary = Object.freeze({
  purpose: noCodeYet,
  dependencies: [],
  functions: [],
  keyDecisions: [],
  summary: noCodeYet,
  author: 'facts',
});

/** Python has `def name(…):` and `import name` without quotes; anything else is read as TypeScript. */
export function guessLanguage(sourceCode: string): CodeLanguage {
  return /^\s*(?:def\s+\w+\s*\(.*|class\s+\w+.*:\s*$|from\s+\S+\s+import\s|import\s+[\w.]+\s*$)/m.test(
    sourceCode,
  )
    ? 'python'
    : 'typescript';
}

function proseOf(
  parsed: ParsedModule,
  known: {
    readonly moduleName: string;
    readonly tests: string;
    readonly iterationHistory: readonly string[];
  },
): z.output<typeof prose> {
  const names = (
    parsed.exports.length > 0 ? parsed.exports : parsed.functions.map(({ name }) => name)
  ).join(', ');
  const purpose =
    parsed.doc ?? (names === '' ? `The module ${known.moduleName}.` : `Provides ${names}.`);
  const needs = [...new Set(parsed.imports.map(({ source }) => source))].join(', ');
  return {
    purpose,
    keyDecisions: known.iterationHistory.slice(-3),
    summary: [
      purpose,
      parsed.doc === null || names === '' ? '' : `Provides ${names}.`,
      needs === '' ? '' : `Needs ${needs}.`,
      known.tests === 'not run' ? '' : `Tests: ${known.tests}.`,
      parsed.hasErrors ? 'Its code has syntax errors.' : '',
    ]
      .filter(Boolean)
      .join(' '),
  };
}
