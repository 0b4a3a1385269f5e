/** A setting is wrong. The message names it and where it came from. */
export class ConfigError extends Error {
  readonly code = 'CONFIG';
  override readonly name = 'ConfigError';
}

/** The server cannot start; the message is the one clear line that is shown. */
export class StartError extends Error {
  readonly code = 'START';
  override readonly name = 'StartError';
}

/** Exit codes of the process. */
export const exitCodes = {
  ok: 0,
  /** Something unexpected. */
  failed: 1,
  /** Wrong flags, environment or file. */
  usage: 2,
  /** What it needs is not there: Ollama, a model, the port, the store, the sandbox. */
  cannotStart: 3,
  /** Stopped by force, or not everything stopped in time. */
  forced: 4,
} as const;
