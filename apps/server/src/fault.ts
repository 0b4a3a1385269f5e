import { exitCodes } from './errors.ts';

/** What a failed start is told as: one clear line for what users can mend, a stack for what they cannot. */
export function fault(error: unknown): { readonly message: string; readonly exitCode: number } {
  if (!(error instanceof Error)) return { message: String(error), exitCode: exitCodes.failed };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'CONFIG') return { message: error.message, exitCode: exitCodes.usage };
  const mendable = [
    'START',
    'STORE_LOCKED',
    'STORE_PATH',
    'STORE_UNAVAILABLE',
    'CACHE_UNAVAILABLE',
    'INTEGRITY',
    'NEWER_FORMAT',
    'SANDBOX_UNAVAILABLE',
  ];
  // What the operating system refuses names the path and why: a folder, a file or their rights.
  return mendable.includes(code) || 'syscall' in error
    ? { message: error.message, exitCode: exitCodes.cannotStart }
    : { message: error.stack ?? error.message, exitCode: exitCodes.failed };
}
