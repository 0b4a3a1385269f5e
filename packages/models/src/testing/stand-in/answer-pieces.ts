import { pseudoTokens } from '../pseudo-tokens.ts';
import { answerText, type StandInRule, thinkingText } from '../script.ts';
import type { Piece } from './chat-lines.ts';

/** The answer in tokens, as far as `num_predict` and the window's room let it go. */
export function answerPieces(
  rule: StandInRule | undefined,
  limits: {
    readonly thinks: boolean;
    readonly room: number;
    readonly options: Readonly<Record<string, unknown>>;
  },
): { readonly pieces: readonly Piece[]; readonly reason: 'stop' | 'length' } {
  const { thinks, room, options } = limits;
  const text = rule ? answerText(rule) : 'The stand-in was told to fail here.';
  const all: Piece[] = [
    ...pseudoTokens(thinks && rule ? thinkingText(rule) : '').map((thinking) => ({
      text: '',
      thinking,
    })),
    ...pseudoTokens(beforeStop(text, options.stop)).map((piece) => ({ text: piece, thinking: '' })),
  ];
  if (rule?.doneReason) return { pieces: all, reason: rule.doneReason };
  const asked = typeof options.num_predict === 'number' ? options.num_predict : -1;
  const limit = Math.min(asked < 0 ? Number.POSITIVE_INFINITY : asked, Math.max(room, 0));
  return all.length > limit
    ? { pieces: all.slice(0, limit), reason: 'length' }
    : { pieces: all, reason: 'stop' };
}

function beforeStop(text: string, stop: unknown): string {
  const stops = Array.isArray(stop) ? stop.filter((word) => typeof word === 'string') : [];
  const ends = stops.map((word) => text.indexOf(word)).filter((at) => at >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}
