import { exitCodes } from './errors.ts';
import { fileFault } from './file-faults.ts';

/** What a failed start is told as: one clear line for what users can mend, a stack for what they cannot. */
export function fault(error: unknown): { readonly message: string; readonly exitCode: number } {
  if (!(error instanceof Error)) return { message: String(error), exitCode: exitCodes.failed };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'CONFIG') return { message: error.message, exitCode: exitCodes.usage };
  if (told.has(code)) return { message: error.message, exitCode: exitCodes.cannotStart };
  const message =
    fileFault(error) ?? (refused.has(code) || 'syscall' in error ? error.message : undefined);
  return message === undefined
    ? { message: error.stack ?? error.message, exitCode: exitCodes.failed }
    : { message, exitCode: exitCodes.cannotStart };
}

/** Their own words are the clearest. */
const told = new Set(['START', 'STORE_LOCKED', 'INTEGRITY', 'NEWER_FORMAT', 'SANDBOX_UNAVAILABLE']);
/** Behind these the operating system may have refused a file. */
const refused = new Set(['STORE_PATH', 'STORE_UNAVAILABLE', 'CACHE_UNAVAILABLE']);
