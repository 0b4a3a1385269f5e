/** On one line: every run of white space becomes one blank. */
export function onOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** At most `length` characters, marked where it was cut. */
export function cutAt(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** The first line that says something, without white space around it. */
export function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0]?.trim() ?? '';
}

/** First paragraph of a doc comment, without its marks; null when it says nothing. */
export function firstParagraph(comment: string): string | null {
  const text = comment
    .replace(/^\s*(\/\*+!?|\/\/+!?|#+!?)/, '')
    .replace(/\*+\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(\*(?!\*)|\/\/+|#+)?\s?/, '').trimEnd())
    .join('\n')
    .trim();
  const paragraph = onOneLine(text.split(/\n\s*\n|\n@/)[0] ?? '');
  return paragraph === '' || paragraph.startsWith('@') ? null : cutAt(paragraph, 300);
}

/** First paragraph of a Python docstring, without its quotes. */
export function docstringParagraph(literal: string): string | null {
  const text = literal.replace(/^[a-z]*("""|'''|"|')/i, '').replace(/("""|'''|"|')$/, '');
  const paragraph = onOneLine(text.trim().split(/\n\s*\n|\n\s*:param|\n\s*Args:/)[0] ?? '');
  return paragraph === '' ? null : cutAt(paragraph, 300);
}

/** Each once, in the order of their code points. */
export function sortedUnique(names: Iterable<string>): string[] {
  return [...new Set(names)].sort();
}
