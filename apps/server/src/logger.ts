import pino, { type Logger } from 'pino';
import type { Config } from './config.ts';

export type { Logger };

/**
 * One JSON line per fact, written whole. To standard error in stdio mode, where standard output belongs
 * to the protocol. Prompts, answers and tokens of access are never logged.
 */
export function createLogger(options: {
  readonly level: Config['logLevel'];
  readonly destination: 'stdout' | 'stderr';
}): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [
          'token',
          '*.token',
          'authorization',
          '*.authorization',
          'headers.authorization',
          'prompt',
          '*.prompt',
        ],
        // A figure, as of the tokens of a prompt, is none of these.
        censor: (value) => (typeof value === 'number' ? value : '(hidden)'),
      },
    },
    pino.destination({ dest: options.destination === 'stdout' ? 1 : 2, sync: true }),
  );
}
