/**
 * Code without the lines that are nothing but comment. Docstrings, and comments beside code, stay.
 *
 * Goes by lines and knows no grammar. What stands in a template literal or a docstring is kept, and so is
 * everything where a comment seems never to end: in doubt more is shown, not less.
 */
export function withoutComments(text: string): string {
  let isInBlock = false;
  let literal: string | null = null;
  const kept = text.split('\n').filter((line) => {
    if (isInBlock) {
      isInBlock = !line.includes('*/');
      return false;
    }
    if (literal === null && commentBegin.test(line)) {
      isInBlock = blockBegin.test(line);
      if (isInBlock || comment.test(line)) return false;
    }
    if (mark.test(line)) literal = literalAfter(line, literal);
    return true;
  });
  return isInBlock ? text : kept.join('\n');
}

/** `// …`, one-line blocks, and `# …` of Python, which is neither a private field nor names an interpreter. */
const comment = /^\s*(\/\/|#(?=[\s#-]|$)|\/\*.*\*\/\s*$)/;
const commentBegin = /^\s*[/#]/;
const blockBegin = /^\s*\/\*(?!.*\*\/)/;

const mark = /`|"""|'''/;

/** The quotes of a literal of several lines that is open at the end of a line. */
function literalAfter(line: string, before: string | null): string | null {
  let open = before;
  for (const [quotes] of line.matchAll(/\\.|`|"""|'''/g)) {
    if (open === null && !quotes.startsWith('\\')) open = quotes;
    else if (open === quotes) open = null;
  }
  return open;
}
