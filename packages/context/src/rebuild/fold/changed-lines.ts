import { cutAt } from '../../graph/code/source-text.ts';

/** Characters of a change that are kept. */
const changeLength = 1_200;

/**
 * The lines of `before` that are not in `after` (`-`), then those that are new (`+`), cut to 1 200
 * characters. Moved lines count as unchanged: it is a note, not a patch.
 */
export function changedLines(before: string, after: string): string {
  const gone = missingFrom(after, before).map((line) => `- ${line}`);
  const come = missingFrom(before, after).map((line) => `+ ${line}`);
  return cutAt([...gone, ...come].join('\n'), changeLength);
}

/** Lines of `text` that `other` has not, or has fewer times. */
function missingFrom(other: string, text: string): readonly string[] {
  const left = new Map<string, number>();
  for (const line of other.split('\n')) left.set(line, (left.get(line) ?? 0) + 1);
  return text.split('\n').filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0 && line.trim() !== '';
  });
}
