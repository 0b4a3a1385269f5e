import { defineSignature, estimatingCounter } from '@org/models';
import { z } from 'zod';
import { loadCodeParser, parseCode } from '../graph/code/code-parser.ts';
import type { ParsedFunction, ParsedModule } from '../graph/code/parsed-module.ts';
import { clipTokens } from './clip-tokens.ts';
import { guessLanguage, noCodeYet } from './module-summarizer.ts';
import { type Author, materialTokens, type SummarizerOptions, writeProse } from './prose.ts';
import { sampleSource } from './sample-source.ts';

export interface FunctionSummaryInput {
  readonly functionName: string;
  /** The function itself, or the file it stands in. */
  readonly sourceCode: string;
  /** What it is known to need. @default none */
  readonly dependencies?: readonly string[] | undefined;
}

/** A function in a few words. Inputs, outputs and side effects come from the parser, never from a model. */
export interface FunctionSummary {
  readonly purpose: string;
  /** Each parameter as written. */
  readonly inputs: readonly string[];
  /** The declared return type; '' where none is. */
  readonly outputs: string;
  /** What it calls that reaches outside, or what it changes, as far as names tell. */
  readonly sideEffects: readonly string[];
  /** At most 100 tokens. */
  readonly summary: string;
  readonly author: Author;
}

const summaryTokens = 100;

const input = z.object({
  functionName: z.string(),
  sourceCode: z.string(),
  dependencies: z.array(z.string()),
});
const prose = z.object({ purpose: z.string().min(1), summary: z.string().min(1) });

/** Says what a function is for, what goes in and out, and what else it does. */
export class FunctionSummarizer {
  readonly #options: SummarizerOptions;

  constructor(options: SummarizerOptions = {}) {
    this.#options = options;
  }

  /** One call to the model at most 30 s long; without it the prose comes from the code. */
  async summarize(
    given: FunctionSummaryInput,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<FunctionSummary> {
    const { functionName, sourceCode, dependencies = [] } = given;
    if (sourceCode.trim() === '') return emptyFunction;
    await loadCodeParser();
    const parsed = parseCode(sourceCode, guessLanguage(sourceCode));
    const declared = findFunction(parsed, functionName);
    const { model } = this.#options;
    const own = declared === undefined ? sourceCode : linesOf(sourceCode, declared);
    const material = {
      functionName,
      sourceCode: sampleSource(own, {
        parsed,
        counter: model?.tokens ?? estimatingCounter('other'),
        maxTokens: materialTokens(model),
      }),
      dependencies: dependencies.slice(0, 30),
    };
    const fallback = () => proseOf(functionName, declared, dependencies);
    const signature = { ...functionSignature, fallback };
    const written = await writeProse(signature, material, { ...this.#options, ...options });
    return {
      purpose: written.prose.purpose,
      inputs: declared?.inputs ?? [],
      outputs: declared?.output ?? '',
      sideEffects: declared === undefined ? [] : sideEffectsOf(declared, own),
      summary: clipTokens(written.prose.summary, summaryTokens),
      author: written.author,
    };
  }
}

const functionSignature = defineSignature({
  name: 'function-summary',
  instructions:
    'Summarise one function for an engineer who will call it without reading it. Say only what the code shows. summary: at most 50 words.',
  input,
  output: prose,
});

const emptyFunction: FunctionSummary = Object.freeze({
  purpose: noCodeYet,
  inputs: [],
  outputs: '',
  sideEffects: [],
  summary: noCodeYet,
  author: 'facts',
});

/** The function of this name; a method by its own name too; the only one there is. */
function findFunction(parsed: ParsedModule, name: string): ParsedFunction | undefined {
  const { functions } = parsed;
  return (
    functions.find((declared) => declared.name === name) ??
    functions.find((declared) => declared.name.endsWith(`.${name}`)) ??
    (functions.length === 1 ? functions[0] : undefined)
  );
}

function linesOf(sourceCode: string, { startLine, endLine }: ParsedFunction): string {
  return sourceCode
    .split('\n')
    .slice(startLine - 1, endLine)
    .join('\n');
}

/** Calls that, by their names, read or change something outside the function. */
const outward =
  /^(?:console|process|fs|fetch|localStorage|document|window|globalThis|print|input|open|os|sys|shutil|socket|subprocess|requests|urllib|logging|random|time|Date\.now|Math\.random)(?:\.|$)/;

function sideEffectsOf({ calls }: ParsedFunction, source: string): readonly string[] {
  const effects = calls.filter((call) => outward.test(call)).map((call) => `calls ${call}`);
  const own = [...source.matchAll(/\b(?:this|self)\.(\w+)\s*(?:[-+*/|&]|\?\?|\|\|)?=(?!=)/g)];
  const shared = [...source.matchAll(/^\s*(?:global|nonlocal)\s+(.+)$/gm)];
  for (const name of new Set(own.map((match) => match[1]))) effects.push(`changes its own ${name}`);
  for (const name of new Set(shared.map((match) => match[1])))
    effects.push(`changes the outer ${name}`);
  return effects;
}

function proseOf(
  functionName: string,
  declared: ParsedFunction | undefined,
  dependencies: readonly string[],
): z.output<typeof prose> {
  const purpose = declared?.doc ?? `The function ${functionName}.`;
  const needs = dependencies.length === 0 ? '' : ` Needs ${dependencies.join(', ')}.`;
  const signature = declared === undefined ? '' : ` ${declared.signature}.`;
  return { purpose, summary: `${purpose}${signature}${needs}` };
}
