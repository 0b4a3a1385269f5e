import { marginOf, type TokenCounter } from '../token-counter.ts';

/** A counter that learns from the host's own counts how far its estimates may be trusted. */
export interface CalibratedCounter extends TokenCounter {
  readonly margin: number;
  /** Takes in one pair: what was counted, and what the host says it was. Counts below 50 teach nothing. */
  observe(pair: { readonly counted: number; readonly reported: number }): void;
}

const enough = 5;
const memory = 0.1;

/**
 * Adjusts the margin of an estimate by the host's reports; `count` itself stays as it is.
 *
 * `count` has to give the same number for the same text, or prompts could not be rebuilt; what is
 * learned is the factor to take it with. After five reports it is their mean ratio plus three mean
 * deviations (exponentially weighted, a tenth each), between 0.8 and 2. Exact counters learn nothing.
 */
export function calibratedCounter(base: TokenCounter): CalibratedCounter {
  let seen = 0;
  let ratio = 1;
  let deviation = 0;
  return {
    exact: base.exact,
    count: (text) => base.count(text),
    get margin() {
      if (base.exact || seen < enough) return marginOf(base);
      return Math.min(2, Math.max(0.8, ratio + Math.max(0.03, 3 * deviation)));
    },
    observe({ counted, reported }) {
      if (counted < 50 || reported <= 0) return;
      const next = reported / counted;
      seen += 1;
      const weight = Math.max(memory, 1 / seen);
      deviation += weight * (Math.abs(next - ratio) - deviation);
      ratio += weight * (next - ratio);
    },
  };
}
