/** Where a file leaves parts of itself out. */
export interface Elision {
  /** `placeholder`: a comment stands for code; `shrunk`: less than half of the former file is left. */
  readonly kind: 'placeholder' | 'shrunk';
  /** 1-based; null for `shrunk`. */
  readonly line: number | null;
  /** The comment, or what shrank. */
  readonly text: string;
}

const parts =
  '(?:code|file|module|class|function|method|test|test case|implementation|import|logic|content|helper|component|script|program|body|template|config|configuration|handler|route|field)s?';
const unchanged =
  '(?:(?:is|are|remains?|stays?|goes?|here|as|the|same|before|above|below|unchanged|unmodified|previous(?:ly)?|in|original|kept)\\s*)*';

/** What a comment says, whole, when it stands for code. */
const placeholders: readonly RegExp[] = [
  /^(?:\.{3,}|…)$/,
  /^(?:\.{3,}|…).*\b(?:rest|existing|remaining|other|same|unchanged|previous|omitted|implementation|code|here|more)\b/,
  /\b(?:rest|existing|remaining|other|same|unchanged|previous|omitted|implementation|code|here)\b.*(?:\.{3,}|…)$/,
  new RegExp(
    `^(?:the )?(?:rest|remainder) of (?:the |your |this )?(?:\\w+ )?${parts} ?${unchanged}$`,
  ),
  new RegExp(`^(?:the )?(?:existing|remaining|previous|other) ${parts} ?${unchanged}$`),
  new RegExp(
    `^(?:the )?${parts} (?:is |are )?(?:omitted|elided|unchanged|remains? ${unchanged}|stays? ${unchanged}|same as ${unchanged})`,
  ),
  /^(?:keep|leave|include|insert|add|copy) (?:the |your )?(?:rest|existing|remaining|previous) /,
  /\bomitted for brevity\b/,
  /^(?:same|unchanged) (?:as|from) (?:before|above|the (?:previous|original))/,
];

/**
 * Finds code that was left out: `// … rest of code`, `# existing code unchanged`, or a file that lost
 * more than half of itself. Such a file must not replace the former one.
 *
 * @param options.previous The file as it was; compared when it has at least 10 lines.
 * @param options.language In Python a bare `...` is a statement, elsewhere it stands for code.
 */
export function detectElision(
  code: string,
  options: { readonly previous?: string | undefined; readonly language?: string | undefined } = {},
): Elision | undefined {
  const isPython = /^py/i.test(options.language ?? '');
  for (const [index, line] of code.split('\n').entries()) {
    const bare = line.trim();
    const comment = commentIn(bare, isPython);
    const stands =
      comment === undefined ? !isPython && /^(?:\.{3}|…)$/.test(bare) : isPlaceholder(comment);
    if (stands) return { kind: 'placeholder', line: index + 1, text: bare };
  }
  return shrinkage(code, options.previous);
}

function isPlaceholder(comment: string): boolean {
  const text = comment
    .toLowerCase()
    .replace(/[()[\]]/g, '')
    .trim();
  const ended = text.replace(/[.!]$/, '');
  return placeholders.some((pattern) => pattern.test(text) || pattern.test(ended));
}

/** The words of a line that is nothing but a comment; in a line with code a comment may say anything. */
function commentIn(line: string, isPython: boolean): string | undefined {
  const opening = isPython ? /^#+\s*/ : /^(?:\/\/+|\/\*+|\{\/\*|<!--|#(?!\w)|\*(?!\/))\s*/;
  const match = opening.exec(line);
  return match ? line.slice(match[0].length).replace(/\s*(?:\*\/\}?|-->)$/, '') : undefined;
}

function shrinkage(code: string, previous: string | undefined): Elision | undefined {
  if (previous === undefined || previous.trim().split('\n').length < 10) return undefined;
  const [before, after] = [previous.trim().length, code.trim().length];
  if (after * 2 >= before) return undefined;
  return { kind: 'shrunk', line: null, text: `${before} characters became ${after}` };
}
