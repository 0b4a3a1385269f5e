/** How many texts there are, and their words together. */
export interface TextTotals {
  readonly texts: number;
  readonly totalLength: number;
}

export const noTotals: TextTotals = { texts: 0, totalLength: 0 };

/** The totals when one part of them takes the place of another. */
export function withReplaced(
  totals: TextTotals,
  { former = noTotals, by }: { readonly former: TextTotals | undefined; readonly by: TextTotals },
): TextTotals {
  return {
    texts: totals.texts - former.texts + by.texts,
    totalLength: totals.totalLength - former.totalLength + by.totalLength,
  };
}
