import type { EventDraft } from '../create-event.ts';
import type { ExpectedVersion } from './event-store.ts';

/** One caller's append, checked and stringified. */
export interface AppendRequest {
  readonly groups: readonly DraftGroup[];
  readonly process: string;
  /** Ids of events whose clocks count as seen. */
  readonly causedBy: readonly string[];
}

export interface DraftGroup {
  readonly taskId: string;
  readonly drafts: readonly EventDraft[];
  readonly expectedVersion: ExpectedVersion;
}
