/** The text behind a ref among kept texts, cut to its lines when it says so: `storage://task/a.py#L3-17`. */
export function contentOf(contents: ReadonlyMap<string, string>, ref: string): string | null {
  const whole = contents.get(ref);
  if (whole !== undefined) return whole;
  const lines = /^(.*)#L(\d+)-(\d+)$/.exec(ref);
  const text = lines === null ? undefined : contents.get(lines[1] ?? '');
  if (lines === null || text === undefined) return null;
  return linesOf(text, Number(lines[2]), Number(lines[3]));
}

/** Lines of a text, 1-based and inclusive, without looking at what comes after them. */
function linesOf(text: string, first: number, last: number): string {
  let start = 0;
  for (let line = 1; line < first; line++) {
    start = text.indexOf('\n', start) + 1;
    if (start === 0) return '';
  }
  let end = start - 1;
  for (let line = first; line <= last && end < text.length; line++) {
    const next = text.indexOf('\n', end + 1);
    end = next < 0 ? text.length : next;
  }
  return text.slice(start, Math.max(start, end));
}
