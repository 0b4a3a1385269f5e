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
      hooks: { streamWrite: escaped },
    },
    pino.destination({ dest: options.destination === 'stdout' ? 1 : 2, sync: true }),
  );
}

/** JSON leaves alone what terminals obey beyond ASCII, or turn text around at; ids of tasks may hold it. */
function escaped(line: string): string {
  return line.replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
