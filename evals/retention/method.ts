import type { NetworkedCache } from '@org/context';
import type { TokenCounter } from '@org/models';
import type { TextEvent } from './history-text.ts';
import type { Query } from './query.ts';

/** What a method may use: the past, and where the next step starts. Never the next step. */
export interface Task {
  readonly subject: string;
  readonly module: string;
  readonly history: Query['history'];
  readonly events: readonly TextEvent[];
  /** The same history, folded. */
  readonly cache: NetworkedCache;
  readonly counter: TokenCounter;
}

/** A way to choose what a model sees of the past. */
export interface Method {
  readonly name: string;
  /** Prepares a task once; the result gives a text for any budget. */
  readonly prepare: (task: Task) => (maxTokens: number) => string;
}

/** Puts pieces together, best first, as long as they fit; what is too big is passed over. */
export function filled(
  pieces: readonly string[],
  options: { readonly maxTokens: number; readonly counter: TokenCounter; readonly cut?: boolean },
): string {
  const { maxTokens, counter, cut = false } = options;
  const kept: string[] = [];
  let used = 0;
  for (const piece of pieces) {
    const cost = counter.count(`${piece}\n\n`);
    if (used + cost <= maxTokens) {
      kept.push(piece);
      used += cost;
    } else if (cut) {
      kept.push(cutTo(piece, maxTokens - used, counter));
      break;
    }
    if (maxTokens - used < 8) break;
  }
  return kept.join('\n\n');
}

/** The first lines of a text that fit. */
function cutTo(text: string, maxTokens: number, counter: TokenCounter): string {
  const kept: string[] = [];
  let used = 4;
  for (const line of text.split('\n')) {
    used += counter.count(`${line}\n`);
    if (used > maxTokens) break;
    kept.push(line);
  }
  return kept.join('\n');
}
