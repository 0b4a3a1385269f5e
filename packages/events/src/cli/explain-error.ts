import { isEventsError } from '../errors.ts';
import type { EventsError } from '../events-error.ts';
import { InputError, PathError, UsageError } from './command.ts';
import { whatToDo } from './damage.ts';
import { ExitCode } from './exit-code.ts';
import { printable } from './printable.ts';

/** What went wrong and what to do about it, for someone who has never seen this before. */
export interface Explanation {
  readonly exitCode: ExitCode;
  readonly lines: readonly string[];
}

/** What was asked for when it went wrong. */
export interface Attempt {
  readonly command?: string | undefined;
  /** The folder that the command was given. */
  readonly store?: string | undefined;
}

export function explainError(error: unknown, attempt: Attempt = {}): Explanation {
  const message = printable(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) return { exitCode: ExitCode.usage, lines: [message] };
  if (error instanceof PathError) return { exitCode: ExitCode.path, lines: [message] };
  if (error instanceof InputError) return { exitCode: ExitCode.input, lines: [message] };
  if (error instanceof Error && error.name === 'AbortError') {
    return { exitCode: ExitCode.interrupted, lines: ['Interrupted.'] };
  }
  if (origins(error).some(isDiskFull)) {
    return {
      exitCode: ExitCode.path,
      lines: [
        'The disk is full.',
        'Free some space and run the command again. Commands that read make a copy: --temp FOLDER puts it elsewhere.',
      ],
    };
  }
  // What failed first, where closing failed after it.
  if (error instanceof Error && 'suppressed' in error)
    return explainError(error.suppressed, attempt);
  if (isEventsError(error)) return explainOwn(error, message, attempt);
  const code = systemCode(error);
  if (isRefused(code)) {
    return { exitCode: ExitCode.path, lines: [`Permission denied: ${message}`, asWhom] };
  }
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ELOOP':
    case 'ENAMETOOLONG':
      return { exitCode: ExitCode.path, lines: [message] };
    default:
      return {
        exitCode: ExitCode.unexpected,
        lines: [`Unexpected: ${message}`, 'Run again with --debug to see where.'],
      };
  }
}

function explainOwn(
  error: EventsError,
  message: string,
  { command, store = 'STORE' }: Attempt,
): Explanation {
  switch (error.code) {
    case 'STORE_LOCKED':
      return {
        exitCode: ExitCode.inUse,
        lines: [
          message,
          'tail, inspect, verify, export and backup work while it is in use; import and repair do not.',
        ],
      };
    case 'INTEGRITY':
      return {
        exitCode: ExitCode.damaged,
        lines: [
          `The store is damaged. ${message}`,
          ...whatToDo(store, command === 'verify' ? 'in part' : 'not yet'),
        ],
      };
    case 'NEWER_FORMAT':
      return {
        exitCode: ExitCode.newerFormat,
        lines: [`${message}.`, 'Nothing is known to be damaged. Use that version, or a newer one.'],
      };
    case 'STORE_PATH':
    case 'STORE_UNAVAILABLE':
      return {
        exitCode: ExitCode.path,
        lines: [message, ...(isRefused(systemCode(error)) ? [asWhom] : [])],
      };
    case 'INVALID_EVENT':
    case 'INVALID_VECTOR_CLOCK':
    case 'EVENT_TOO_LARGE':
      return { exitCode: ExitCode.input, lines: [message] };
    default:
      return { exitCode: ExitCode.unexpected, lines: [message] };
  }
}

const asWhom = 'Run as the user that the store belongs to.';

function isRefused(code: string): boolean {
  return code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
}

/** LevelDB gives the system's words, not its code. */
function isDiskFull(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    /no space left on device|quota exceeded/i.test(error.message)
  );
}

/** The error and all that it came from. */
function origins(error: unknown): readonly Error[] {
  if (!(error instanceof Error)) return [];
  const nested = ['cause', 'error', 'suppressed'].map((name): unknown => Reflect.get(error, name));
  return [error, ...nested.flatMap(origins)];
}

function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const own = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return own.startsWith('E') ? own : systemCode(error.cause);
}
