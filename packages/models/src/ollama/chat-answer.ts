import { z } from 'zod';
import type { GenerateResult, TokenDelta } from '../language-model.ts';

/** One line of a chat stream, as far as it matters here. */
export const chatLine = z.object({
  message: z
    .object({ content: z.string().default(''), thinking: z.string().optional() })
    .optional(),
  done: z.boolean(),
  done_reason: z.string().optional(),
  prompt_eval_count: z.int().nonnegative().optional(),
  eval_count: z.int().nonnegative().optional(),
});
export type ChatLine = z.infer<typeof chatLine>;

/** An answer that is being collected. */
export interface ChatAnswer {
  readonly text: () => string;
  add(line: ChatLine): readonly TokenDelta[];
  /** The whole of it; undefined as long as no line said `done`. */
  result(): Pick<GenerateResult, 'text' | 'thinking' | 'finish' | 'usage'> | undefined;
}

/** Collects the lines of a stream. */
export function collectAnswer(): ChatAnswer {
  let text = '';
  let thinking = '';
  let last: ChatLine | undefined;
  return {
    text: () => text,
    add(line) {
      const deltas: TokenDelta[] = [];
      if (line.message?.thinking) deltas.push({ kind: 'thinking', text: line.message.thinking });
      if (line.message?.content) deltas.push({ kind: 'text', text: line.message.content });
      for (const delta of deltas) {
        if (delta.kind === 'text') text += delta.text;
        else thinking += delta.text;
      }
      if (line.done) last = line;
      return deltas;
    },
    result() {
      if (last === undefined) return undefined;
      return {
        text,
        thinking: thinking === '' ? null : thinking,
        finish: last.done_reason === 'length' ? 'length' : 'stop',
        // 0 is what some versions say for "all of it was cached": unknown, not none.
        usage: {
          promptTokens: last.prompt_eval_count || null,
          completionTokens: last.eval_count ?? null,
        },
      };
    },
  };
}
