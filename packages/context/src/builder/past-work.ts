/** Something that another task taught. */
export interface PastWorkItem {
  /** Such as `task:task-7` or `correction:0190…`. */
  readonly ref: string;
  readonly kind: 'task' | 'correction' | 'pattern';
  /** What goes into the prompt, at most about 150 tokens. */
  readonly text: string;
}

/** What to look for. */
export interface PastWorkQuery {
  /** The task that asks: its own work is not past work. */
  readonly taskId: string;
  /** The task's words. */
  readonly text: string;
  /** Of the failure at hand; null when nothing failed. */
  readonly failureSignature: string | null;
  /** At most this many items. */
  readonly limit: number;
}

/** Finds similar past tasks and past corrections of the same failure: the door to OfflineCache. */
export interface PastWork {
  /** Best first. A failure is not fatal to a context: it goes without. */
  recall(
    query: PastWorkQuery,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly PastWorkItem[]>;
}
