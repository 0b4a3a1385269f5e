/** The text behind a ref among kept texts, cut to its lines when it says so: `storage://task/a.py#L3-17`. */
export function contentOf(contents: ReadonlyMap<string, string>, ref: string): string | null {
  const whole = contents.get(ref);
  if (whole !== undefined) return whole;
  const lines = /^(.*)#L(\d+)-(\d+)$/.exec(ref);
  const text = lines === null ? undefined : contents.get(lines[1] ?? '');
  if (lines === null || text === undefined) return null;
  return text
    .split('\n')
    .slice(Number(lines[2]) - 1, Number(lines[3]))
    .join('\n');
}
