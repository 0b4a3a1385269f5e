/** One JSON message per frame. Taken when a client offers nothing of ours. */
export const singleProtocol = 'coding-events.v1';
/** One JSON array per frame, holding what happened together. */
export const batchProtocol = 'coding-events.batch.v1';

/** Picks what both sides speak; never echoes a token that was offered beside it. */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(batchProtocol)) return batchProtocol;
  return offered.has(singleProtocol) ? singleProtocol : false;
}
