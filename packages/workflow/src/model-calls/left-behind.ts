/**
 * What the promise comes to, or the signal's reason as soon as it is aborted: whoever does not listen to the
 * signal is left behind, and what becomes of it later changes nothing.
 */
export async function orLeftBehind<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  // A signal's reason is whatever its owner gave.
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
