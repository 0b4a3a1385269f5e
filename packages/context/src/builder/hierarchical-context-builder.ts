import { estimatingCounter, type TokenCounter } from '@org/models';
import type { OnlineCache } from '../cache/online-cache.ts';
import type { PlacedPiece, SlotName } from './candidate.ts';
import { type Filled, fill } from './fill.ts';
import type { StateSources } from './state-sources.ts';

/** A piece as it was last shown. */
export interface LivePiece {
  readonly text: string;
  readonly tokens: number;
}

export interface HierarchicalContextBuilderOptions {
  /** @default an estimate for any model, rather too high */
  readonly tokens?: TokenCounter | undefined;
  /** Remembers what pieces cost between builds. @default none: each is counted anew */
  readonly online?: OnlineCache<LivePiece> | undefined;
  /** Share of the budget at which it stops. @default 0.8 */
  readonly stopAt?: number | undefined;
}

export interface BuildOptions {
  /** In tokens; 80 % of it are used at most. */
  readonly budget: number;
  /** How the budget is shared out, in any unit. @default as for a window of 8 192 */
  readonly slots?: Readonly<Record<SlotName, number>> | undefined;
  /** Up to here pieces that have to be whole may go, in tokens. @default the 80 % */
  readonly requiredLimit?: number | undefined;
}

/** A state summary. */
export interface BuiltState {
  /** CRITICAL first, LOW last. */
  readonly text: string;
  readonly tokens: number;
  readonly pieces: readonly PlacedPiece[];
  readonly dropped: Filled['dropped'];
  /** Refs of what was cut in its middle. */
  readonly truncated: readonly string[];
  /** Refs of what has to be whole and is not, for want of room. */
  readonly broken: Filled['broken'];
}

const defaultSlots: Readonly<Record<SlotName, number>> = {
  task: 300,
  module: 300,
  related: 1_200,
  dependencies: 800,
  errors: 400,
  tests: 1_300,
};

/** Writes what a task knows, from what matters most down to where the budget ends. */
export class HierarchicalContextBuilder {
  readonly #counter: TokenCounter;
  readonly #online: OnlineCache<LivePiece> | undefined;
  readonly #stopAt: number;

  constructor(options: HierarchicalContextBuilderOptions = {}) {
    this.#counter = options.tokens ?? estimatingCounter('other');
    this.#online = options.online;
    this.#stopAt = options.stopAt ?? 0.8;
  }

  /**
   * Uses at most 80 % of the budget: CRITICAL, then HIGH, MEDIUM and LOW.
   *
   * What is CRITICAL and larger than that is cut in its middle, and marked there.
   */
  build(sources: StateSources, options: BuildOptions): BuiltState {
    const stop = Math.max(0, Math.floor(options.budget * this.#stopAt));
    const ceiling = Math.max(stop, options.requiredLimit ?? stop);
    let trim = 0;
    for (;;) {
      const room = { options, limit: stop - trim, ceiling: ceiling - trim };
      const { wholeTokens, ...state } = this.#fill(sources, room);
      const over = state.tokens - (wholeTokens > stop ? ceiling : stop);
      // The parts count a little less than the whole, at times; the next round has that much less room.
      if (over <= 0 || state.pieces.length === 0) return state;
      trim += over + 1;
    }
  }

  #fill(
    sources: StateSources,
    room: { readonly options: BuildOptions; readonly limit: number; readonly ceiling: number },
  ): BuiltState & Pick<Filled, 'wholeTokens'> {
    const filled = fill(sources.candidates, {
      limit: room.limit,
      requiredLimit: room.ceiling,
      slots: scaled(room.options.slots ?? defaultSlots, room.limit),
      textOf: sources.textOf,
      count: (text) => this.#counter.count(text),
      measure: (text, piece) => this.#measure(text, { ...piece, taskId: sources.taskId }),
    });
    const text = joinPieces(filled.pieces);
    return {
      text,
      tokens: this.#counter.count(text),
      pieces: filled.pieces,
      dropped: filled.dropped,
      truncated: filled.pieces.filter(({ kept }) => kept !== null).map(({ ref }) => ref),
      broken: filled.broken,
      wholeTokens: filled.wholeTokens,
    };
  }

  #measure(
    text: string,
    piece: Pick<PlacedPiece, 'ref' | 'form' | 'level'> & { readonly taskId: string },
  ): number {
    const key = `${piece.taskId} ${piece.form} ${piece.ref}`;
    const live = this.#online?.get(key);
    if (live?.text === text) return live.tokens;
    const tokens = this.#counter.count(text);
    this.#online?.set(key, { text, tokens }, { tokens, priority: piece.level });
    return tokens;
  }
}

/** The text of placed pieces, as it stands in the prompt: notes of one line close to each other, under a heading. */
export function joinPieces(pieces: readonly { readonly text: string }[]): string {
  let text = '';
  let among = false;
  for (const piece of pieces) {
    const isNote = piece.text.startsWith('- ');
    const joint = isNote && among ? '\n' : '\n\n';
    const heading = isNote && !among ? '### Also known\n' : '';
    text += `${text === '' ? '' : joint}${heading}${piece.text}`;
    among = isNote;
  }
  return text;
}

function scaled(
  slots: Readonly<Record<SlotName, number>>,
  limit: number,
): Readonly<Record<SlotName, number>> {
  const total = Object.values(slots).reduce((sum, slot) => sum + slot, 0);
  const share = (name: SlotName) => Math.floor((slots[name] / total) * Math.max(0, limit));
  return {
    task: share('task'),
    module: share('module'),
    related: share('related'),
    dependencies: share('dependencies'),
    errors: share('errors'),
    tests: share('tests'),
  };
}
