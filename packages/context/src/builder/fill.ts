import { cutMiddle } from '../summary/cut-middle.ts';
import type { Candidate, Level, PlacedPiece, SlotName } from './candidate.ts';
import type { PieceName } from './pieces/piece-text.ts';

export interface FillOptions {
  /** Tokens of all pieces together. */
  readonly limit: number;
  /** Up to here the pieces that have to be whole may go; at least `limit`. */
  readonly requiredLimit: number;
  readonly slots: Readonly<Record<SlotName, number>>;
  /** The text of a piece; null: it has none. */
  readonly textOf: (name: PieceName) => string | null;
  /** Tokens of a piece's whole text. */
  readonly measure: (text: string, piece: PieceName & { readonly level: Level }) => number;
  /** Tokens of any text. */
  readonly count: (text: string) => number;
}

/** What went in. */
export interface Filled {
  /** In the order of the candidates. */
  readonly pieces: readonly PlacedPiece[];
  readonly dropped: readonly { readonly ref: string; readonly reason: string }[];
  /** What the pieces that have to be whole cost. */
  readonly wholeTokens: number;
  /** Refs that should have been whole and are not. */
  readonly broken: { readonly required: readonly string[]; readonly wanted: readonly string[] };
}

/** What joins two pieces. */
const joint = 2;
/** A cut piece below this says too little to be worth its place. */
const leastCut = 60;
/** Part of a context that HIGH and MEDIUM leave to LOW, if there is anything. */
const keptForLow = 0.02;

/**
 * Chooses what goes in, and in which form.
 *
 * First what has to be whole. Then each piece within its slot, so that no part of the context starves;
 * last, the slots' unused rests go to whatever matters most, but for a little that the short LOW pieces
 * get first: what an earlier task taught is a line or two. A piece that does not fit is skipped
 * and the next one tried.
 */
export function fill(candidates: readonly Candidate[], options: FillOptions): Filled {
  const table = new FillTable(candidates, options);
  for (const candidate of candidates)
    if (candidate.whole !== undefined) table.placeWhole(candidate);
  for (const candidate of candidates) if (!isLow(candidate)) table.placeInSlot(candidate);
  const [low, others] = [candidates.filter(isLow), candidates.filter((one) => !isLow(one))];
  const kept = low.length === 0 ? 0 : Math.floor(options.limit * keptForLow);
  for (const candidate of others)
    table.placeInRest(candidate, candidate.level === 'CRITICAL' ? 0 : kept);
  for (const candidate of low) table.placeInRest(candidate);
  for (const candidate of others) table.placeInRest(candidate);
  return table.result();
}

function isLow({ level }: Candidate): boolean {
  return level === 'LOW';
}

class FillTable {
  readonly #candidates: readonly Candidate[];
  readonly #options: FillOptions;
  readonly #placed = new Map<Candidate, PlacedPiece>();
  readonly #slotLeft: Record<SlotName, number>;
  #used = 0;
  #wholeTokens = 0;

  constructor(candidates: readonly Candidate[], options: FillOptions) {
    this.#candidates = candidates;
    this.#options = options;
    this.#slotLeft = { ...options.slots };
  }

  placeWhole(candidate: Candidate): void {
    const piece = this.#richest(candidate, this.#options.requiredLimit - this.#used);
    if (piece === null || piece.form !== candidate.forms[0]) return;
    this.#place(candidate, piece);
    this.#wholeTokens = this.#used;
  }

  placeInSlot(candidate: Candidate): void {
    if (this.#placed.has(candidate)) return;
    const room = Math.min(this.#slotLeft[candidate.slot], this.#rest());
    const whole = this.#richest(candidate, room);
    const piece = whole ?? (candidate.level === 'CRITICAL' ? this.#cut(candidate, room) : null);
    if (piece !== null) this.#place(candidate, piece);
  }

  /** `kept` tokens stay free. */
  placeInRest(candidate: Candidate, kept = 0): void {
    const present = this.#placed.get(candidate);
    if (present !== undefined && present.form === candidate.forms[0] && present.kept === null)
      return;
    const room = this.#rest() - kept + (present === undefined ? 0 : present.tokens + joint);
    const better = this.#richest(candidate, room) ?? this.#cut(candidate, room);
    if (better === null || (present !== undefined && better.tokens <= present.tokens)) return;
    this.#place(candidate, better);
  }

  result(): Filled {
    const broken = (kind: 'required' | 'wanted') =>
      this.#candidates
        .filter((candidate) => candidate.whole === kind && !this.#isWhole(candidate))
        .map(({ ref }) => ref);
    return {
      pieces: this.#candidates.flatMap((candidate) => this.#placed.get(candidate) ?? []),
      dropped: this.#candidates
        .filter((candidate) => !this.#placed.has(candidate) && this.#exists(candidate))
        .map(({ ref, level }) => ({ ref, reason: `budget: no room left for ${level}` })),
      wholeTokens: this.#wholeTokens,
      broken: { required: broken('required'), wanted: broken('wanted') },
    };
  }

  #rest(): number {
    return this.#options.limit - this.#used;
  }

  #isWhole(candidate: Candidate): boolean {
    const piece = this.#placed.get(candidate);
    if (piece === undefined) return !this.#exists(candidate);
    return piece.kept === null && piece.form === candidate.forms[0];
  }

  #exists({ ref, forms }: Candidate): boolean {
    return forms.some((form) => this.#options.textOf({ ref, form }) !== null);
  }

  /** The richest form that fits whole. */
  #richest(candidate: Candidate, room: number): PlacedPiece | null {
    for (const form of candidate.forms) {
      const piece = { ref: candidate.ref, form, level: candidate.level };
      const text = this.#options.textOf(piece);
      if (text === null) continue;
      const tokens = this.#options.measure(text, piece);
      if (tokens + joint <= room) return { ...piece, text, tokens, kept: null };
    }
    return null;
  }

  /** Its first form, cut in the middle. */
  #cut(candidate: Candidate, room: number): PlacedPiece | null {
    const [form] = candidate.forms;
    if (!candidate.cuttable || form === undefined || room < leastCut) return null;
    const text = this.#options.textOf({ ref: candidate.ref, form });
    if (text === null) return null;
    const { count } = this.#options;
    const cut = cutMiddle(text, { maxTokens: room - joint, count });
    if (cut === null) return null;
    const { ref, level } = candidate;
    return { ref, form, level, ...cut, tokens: count(cut.text) };
  }

  #place(candidate: Candidate, piece: PlacedPiece): void {
    const present = this.#placed.get(candidate);
    const change = piece.tokens - (present === undefined ? -joint : present.tokens);
    this.#used += change;
    this.#slotLeft[candidate.slot] = Math.max(0, this.#slotLeft[candidate.slot] - change);
    this.#placed.set(candidate, piece);
  }
}
