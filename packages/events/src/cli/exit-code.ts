/** What the command's exit tells a script. Stable. */
export const ExitCode = {
  ok: 0,
  /** Something nobody foresaw; `--debug` shows where. */
  unexpected: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The store is damaged. */
  damaged: 3,
  /** Another process has the store open. */
  inUse: 4,
  /** No store there, no permission, no space, or something in the way. */
  path: 5,
  /** What was to be read in is no export, has no events, or does not continue the log; or the store has no such thing. */
  input: 6,
  /** The store was written by a newer version. */
  newerFormat: 7,
  /** Interrupted before it was done. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
