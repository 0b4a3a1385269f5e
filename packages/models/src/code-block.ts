/** One whole file of code, taken out of an answer. */
export interface CodeFile {
  /** Ends with a newline. */
  readonly code: string;
  /** What the model wrote after the opening fence; null when it wrote nothing. */
  readonly language: string | null;
  /** The file name the model gave; null when it gave none. Not to be trusted: the caller knows the name. */
  readonly name: string | null;
}

/** A fenced block, as it stands in an answer. */
interface Block {
  readonly language: string | null;
  readonly name: string | null;
  readonly code: string;
}

/**
 * Takes the file out of an answer that should hold one file in one fenced block.
 *
 * Tolerates what small models do: prose around it, no closing fence, tildes, an indented block, the
 * file's name on the line before or after the fence, further blocks with shell commands or examples
 * (the longest in the expected language wins), and no fence at all when the answer begins like code.
 *
 * @param options.language The language that was asked for; its blocks are preferred.
 * @returns undefined when there is no code in it
 */
export function parseCodeBlock(
  answer: string,
  options: { readonly language?: string | undefined } = {},
): CodeFile | undefined {
  const text = answer.replaceAll('\r\n', '\n');
  const blocks = fencedBlocks(text).filter(({ code }) => code.trim() !== '');
  if (blocks.length > 0) return asFile(bestBlock(blocks, options.language));
  if (/^\s*(```|~~~)/m.test(text) || !beginsLikeCode(text)) return undefined;
  return asFile({ code: text, language: null, name: null });
}

function asFile({ code, language, name }: Block): CodeFile {
  return { code: `${code.replace(/^(\s*\n)+/, '').trimEnd()}\n`, language, name };
}

const fence = /^(?<indent>[ \t]*)(?<marks>`{3,}|~{3,})(?<info>[^`]*)$/;

function fencedBlocks(text: string): Block[] {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const opening = fence.exec(lines[at] ?? '')?.groups;
    if (!opening) continue;
    const { indent = '', marks = '', info = '' } = opening;
    const end = closingLine(lines, { after: at, marks });
    const code = lines
      .slice(at + 1, end)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n');
    blocks.push({ code, ...languageAndName(info, lines.slice(0, at)) });
    at = end;
  }
  return blocks;
}

function closingLine(
  lines: readonly string[],
  { after, marks }: { readonly after: number; readonly marks: string },
): number {
  const closes = (line: string) => {
    const bare = line.trim();
    return bare.startsWith(marks) && bare === (bare[0] ?? '').repeat(bare.length);
  };
  const found = lines.findIndex((line, index) => index > after && closes(line));
  return found < 0 ? lines.length : found;
}

/** ```` ```ts title="a.ts" ````, ```` ```ts:a.ts ````, ```` ```a.ts ````, or the name on the line before. */
function languageAndName(
  info: string,
  before: readonly string[],
): Pick<Block, 'language' | 'name'> {
  const words = info
    .trim()
    .split(/[\s:,]+|title=|filename=/)
    .map((word) => word.replace(/["'{}]/g, ''));
  const name = words.map(fileName).find((found) => found !== null) ?? null;
  const language = words.find((word) => /^[a-z+#-]+\d*$/i.test(word)) ?? null;
  const previous = before.findLast((line) => line.trim() !== '') ?? '';
  return { language: language?.toLowerCase() ?? null, name: name ?? fileName(previous) };
}

/** A file name with the decoration that models put around it taken off; null when it is none. */
function fileName(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^(?:\/\/|#+|\*+|-|\d+\.)\s*/, '')
    .replace(/^(?:file(?:name)?|path)\s*:\s*/i, '')
    .replace(/[*`:"']/g, '')
    .trim()
    .replace(/^(?:path\/to\/|\.\/)/, '');
  return /^[\w@./-]*[\w-]\.[a-z]\w{0,7}$/i.test(bare) ? bare : null;
}

const aliases: Readonly<Record<string, string>> = {
  ts: 'typescript',
  tsx: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  js: 'javascript',
  jsx: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  node: 'javascript',
  py: 'python',
  python3: 'python',
};
const asides = new Set([
  'bash',
  'sh',
  'shell',
  'console',
  'zsh',
  'text',
  'txt',
  'output',
  'plaintext',
  'diff',
]);

function bestBlock(blocks: readonly Block[], language: string | undefined): Block {
  const canonical = (name: string | null | undefined) => aliases[name ?? ''] ?? name ?? null;
  const expected = blocks.filter(
    (block) =>
      language !== undefined && canonical(block.language) === canonical(language.toLowerCase()),
  );
  const programs = blocks.filter((block) => !asides.has(block.language ?? ''));
  const choice = [expected, programs, blocks].find((list) => list.length > 0) ?? blocks;
  return choice.reduce((best, block) => (block.code.length > best.code.length ? block : best));
}

function beginsLikeCode(text: string): boolean {
  const first = text.trimStart().split('\n', 1)[0] ?? '';
  return (
    /^(#!|\/\/|\/\*|'use strict'|"use strict"|"""|@\w)/.test(first) ||
    (/^(import|from|export|const|let|var|function|async|class|def|interface|type|enum|package|module)\s+[\w{*("'$@]/.test(
      first,
    ) &&
      /[;{}()='":]/.test(text))
  );
}
