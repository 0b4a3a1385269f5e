/** A text of which the middle may be missing. */
export interface CutText {
  readonly text: string;
  /** Characters kept of the head and of the tail; null when nothing is missing. */
  readonly kept: readonly [head: number, tail: number] | null;
}

/** Takes out the middle and says so in its place. */
export function cutAt(text: string, kept: readonly [head: number, tail: number]): string {
  const [head, tail] = kept;
  if (head + tail >= text.length) return text;
  const end = tail === 0 ? '' : text.slice(-tail);
  return `${text.slice(0, head)}\n[… ${text.length - head - tail} characters left out here …]\n${end}`;
}

/**
 * Cuts a text in its middle until it costs at most `maxTokens`: two thirds of what stays are its head.
 *
 * Cuts fall on line ends where one is near, and never within a character.
 *
 * @returns null when not even the mark fits
 */
export function cutMiddle(
  text: string,
  options: { readonly maxTokens: number; readonly count: (text: string) => number },
): CutText | null {
  const { maxTokens, count } = options;
  const whole = count(text);
  if (whole <= maxTokens) return { text, kept: null };
  let best: CutText | null = null;
  let [fits, tooMuch] = [0, text.length];
  let keep = Math.floor((text.length * maxTokens) / whole);
  // Tokens grow with characters, if not evenly: a few better guesses come to within 5 % of the limit.
  for (let guess = 0; guess < 8 && keep > fits && keep < tooMuch; guess += 1) {
    const kept = placeCut(text, keep);
    const cut = cutAt(text, kept);
    const tokens = count(cut);
    if (tokens <= maxTokens) {
      best = { text: cut, kept };
      if (tokens >= maxTokens * 0.95) break;
      fits = keep;
    } else tooMuch = keep;
    const better = Math.floor((keep * maxTokens) / tokens);
    keep = better > fits && better < tooMuch ? better : (fits + tooMuch) >> 1;
  }
  return best;
}

/** Where to cut so that about `keep` characters stay. */
function placeCut(text: string, keep: number): readonly [number, number] {
  const head = Math.floor((keep * 2) / 3);
  const tail = keep - head;
  return [lineEndBefore(text, head), tail - lineStartAfter(text, text.length - tail)];
}

function lineEndBefore(text: string, at: number): number {
  const end = text.lastIndexOf('\n', at - 1) + 1;
  if (end > 0 && at - end < 80) return end;
  return splitsPair(text, at) ? at - 1 : at;
}

/** How many characters to move a tail's start forward. */
function lineStartAfter(text: string, at: number): number {
  const start = text.indexOf('\n', at) + 1;
  if (start > 0 && start - at < 80 && start < text.length) return start - at;
  return splitsPair(text, at) ? 1 : 0;
}

function splitsPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff;
}
