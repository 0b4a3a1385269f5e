import type { ModelError } from './errors.ts';

/** A model that a host has, ready to be asked. */
export interface PresentModel {
  /** As it was asked for, such as `mistral:7b`. */
  readonly id: string;
  /** Tokens it was trained for; null when the host does not say. */
  readonly contextWindow: number | null;
  /** Such as `completion`, `thinking`, `embedding`. */
  readonly capabilities: readonly string[];
}

/** What a model host says about itself. */
export type HostHealth =
  | {
      readonly reachable: true;
      readonly host: string;
      readonly version: string;
      /** True when the host says that it is a stand-in and not a model. */
      readonly standIn: boolean;
      /** Every model name that the host lists. */
      readonly installed: readonly string[];
      /** The models that were asked for and are there. */
      readonly present: readonly PresentModel[];
      /** The models that were asked for and are not there. */
      readonly missing: readonly string[];
    }
  | { readonly reachable: false; readonly host: string; readonly error: ModelError };
