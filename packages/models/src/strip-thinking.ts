/** An answer and the thinking that stood before it. */
export interface SeparatedThinking {
  readonly text: string;
  /** null when there was none. */
  readonly thinking: string | null;
}

/**
 * Takes `<think>…</think>` off the front of an answer.
 *
 * Also when the opening tag is missing (some templates write it into the prompt) and when the closing
 * one is (cut off while thinking: then there is no answer). Tags further on in the text belong to it.
 */
export function stripThinking(answer: string): SeparatedThinking {
  const opening = /^\s*<think(?:ing)?>/i.exec(answer);
  const closing = /<\/think(?:ing)?>\s*/i.exec(answer);
  if (opening === null && (closing === null || answer.slice(0, closing.index).includes('```')))
    return { text: answer, thinking: null };
  const from = opening?.[0].length ?? 0;
  const thinking = answer.slice(from, closing?.index ?? answer.length).trim();
  const text = closing === null ? '' : answer.slice(closing.index + closing[0].length);
  return { text, thinking: thinking === '' ? null : thinking };
}
