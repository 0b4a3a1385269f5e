/** Why a WebSocket was closed; beside the protocol's own 1001 (the server stops) and 1009 (too big). */
export const closeCodes = {
  goingAway: 1001,
  /** No such task: do not reconnect. */
  unknownTask: 4404,
  /** The client stayed behind: reconnect with the last sequence received. */
  lagging: 4408,
  /** The store could not be read: reconnect later. */
  failed: 4500,
} as const;
