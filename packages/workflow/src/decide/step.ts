import type { Strategy } from '../state/attempt.ts';
import type { CorrectionReason } from '../state/module-progress.ts';

/** Work on one task that takes time: it calls a model, runs tests, or parses code. */
export type Step =
  | { readonly kind: 'plan' }
  | { readonly kind: 'generate'; readonly module: string }
  | { readonly kind: 'write-tests'; readonly module: string; readonly rewrite: boolean }
  | { readonly kind: 'test'; readonly module: string }
  | {
      readonly kind: 'correct';
      readonly module: string;
      readonly strategy: Strategy;
      readonly reason: CorrectionReason;
    }
  | { readonly kind: 'analyse' };

export type StepKind = Step['kind'];

/** Whether a step asks a model, and so has to queue for that model's host. */
export function callsModel(kind: StepKind): boolean {
  return kind !== 'test' && kind !== 'analyse';
}
