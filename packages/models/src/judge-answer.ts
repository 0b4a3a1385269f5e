import { z } from 'zod';
import { type CodeFile, parseCodeBlock } from './code-block.ts';
import { detectElision } from './elision.ts';
import type { CodeSignature, JsonSignature } from './signature.ts';

/** What an answer is worth. */
export type Verdict<Output> =
  | { readonly outcome: 'ok'; readonly output: Output }
  | { readonly outcome: 'malformed' | 'invalid' | 'elided'; readonly problem: string };

/** Reads an answer as JSON of the signature's shape; tolerates prose and a fence around it. */
export function judgeJson<Output>(
  text: string,
  { output }: Pick<JsonSignature<never, Output>, 'output'>,
): Verdict<Output> {
  const found = findJson(text);
  if ('problem' in found) return { outcome: 'malformed', problem: found.problem };
  const parsed = output.safeParse(found.value);
  if (parsed.success) return { outcome: 'ok', output: parsed.data };
  return { outcome: 'invalid', problem: z.prettifyError(parsed.error) };
}

/** Reads an answer as one whole file. */
export function judgeCode(
  text: string,
  {
    language,
    previous,
  }: Pick<CodeSignature<never>, 'language'> & { readonly previous?: string | undefined },
): Verdict<CodeFile> {
  const file = parseCodeBlock(text, { language });
  if (file === undefined)
    return { outcome: 'malformed', problem: 'There is no code in the answer.' };
  const elision = detectElision(file.code, { previous, language });
  if (elision === undefined) return { outcome: 'ok', output: file };
  const problem =
    elision.kind === 'shrunk'
      ? `Most of the file is missing: ${elision.text}.`
      : `Line ${elision.line} leaves code out: ${elision.text}`;
  return { outcome: 'elided', problem };
}

function findJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)(?:\n```|$)/i.exec(text)?.[1];
  const braced = firstObject(text);
  let problem = 'There is no JSON object in the answer.';
  for (const candidate of [text, fenced, braced]) {
    if (!candidate?.includes('{')) continue;
    try {
      return { value: JSON.parse(candidate) };
    } catch (error) {
      problem = `The answer is not valid JSON: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return { problem };
}

/** From the first brace to the one that closes it; braces in strings do not count. */
function firstObject(text: string): string | undefined {
  const start = text.indexOf('{');
  let depth = 0;
  for (const { 0: sign, index } of text.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (sign === '{') depth += 1;
    if (sign === '}') depth -= 1;
    if (depth === 0 && sign === '}') return text.slice(start, start + index + 1);
  }
  return start < 0 ? undefined : text.slice(start);
}
