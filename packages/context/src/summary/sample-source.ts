import type { TokenCounter } from '@org/models';
import type { ParsedModule } from '../graph/code/parsed-module.ts';
import { cutMiddle } from './cut-middle.ts';

/**
 * As much of a source as fits: all of it; else first what it declares, then its head and tail with the
 * middle left out and marked.
 */
export function sampleSource(
  sourceCode: string,
  options: {
    readonly parsed: ParsedModule;
    readonly counter: TokenCounter;
    readonly maxTokens: number;
  },
): string {
  const { parsed, counter, maxTokens } = options;
  const count = (text: string) => counter.count(text);
  if (count(sourceCode) <= maxTokens) return sourceCode;
  const half = Math.floor(maxTokens / 2);
  const outline = cutMiddle(outlineOf(parsed), { maxTokens: half, count })?.text ?? '';
  const rest = maxTokens - count(outline) - 20;
  const extract = cutMiddle(sourceCode, { maxTokens: rest, count })?.text ?? '';
  return `Declares:\n${outline}\n\nExtract:\n${extract}`;
}

/** Every declaration on one line. */
export function outlineOf(parsed: ParsedModule): string {
  return [...parsed.classes, ...parsed.functions]
    .sort((a, b) => a.startLine - b.startLine)
    .map(({ signature }) => signature)
    .join('\n');
}
