import type { Event } from '@org/events';
import type { ContextPurpose } from '../assembly/assemble-request.ts';

/** What a state summary is written for. */
export interface Focus {
  readonly purpose: ContextPurpose;
  /** The module the call is about; null: the whole task. */
  readonly module: string | null;
  /** Stands whole in another layer; nothing of it is repeated. */
  readonly currentEvent?: Event | undefined;
}
