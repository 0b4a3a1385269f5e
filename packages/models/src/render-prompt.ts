import type { ChatMessage } from './language-model.ts';
import type { CodeSignature, JsonSignature } from './signature.ts';

/** Either kind, whatever its types. */
export type AnySignature =
  | Pick<JsonSignature<never, never>, 'kind' | 'name' | 'instructions' | 'format'>
  | Pick<CodeSignature<never>, 'kind' | 'name' | 'instructions' | 'language'>;

/** The prompt of a signature: instructions and answer format as system, each field of the input under its name. */
export function renderPrompt(signature: AnySignature, input: unknown): readonly ChatMessage[] {
  return [
    { role: 'system', content: `${signature.instructions.trim()}\n\n${answerFormat(signature)}` },
    { role: 'user', content: renderInput(input) },
  ];
}

/** How the answer has to look, in words; for prompts that are put together elsewhere. */
export function answerFormat(signature: AnySignature): string {
  if (signature.kind === 'json')
    return `Answer with one JSON object and nothing else. It must follow this JSON schema:\n${JSON.stringify(signature.format)}`;
  const { language } = signature;
  return [
    `Answer with the whole file in one fenced code block, from \`\`\`${language} to \`\`\`.`,
    'Write out every line; never leave code out with a comment such as "rest of code". Nothing after the block.',
  ].join('\n');
}

function renderInput(input: unknown): string {
  if (typeof input === 'string') return input;
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return inWords(input);
  return Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `## ${name}\n${inWords(value)}`)
    .join('\n\n');
}

function inWords(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1);
}
