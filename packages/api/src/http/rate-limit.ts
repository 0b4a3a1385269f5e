/** Counts writes by who makes them; gives the seconds to wait, or 0 when there is room. */
export type RateLimit = (client: string) => number;

export interface RateLimitOptions {
  /** Writes of one client within a window; `Infinity`: no limit. */
  readonly writes: number;
  /** @default 60 000 */
  readonly windowMs?: number;
  readonly now: () => number;
}

const knownClients = 10_000;

/** A fixed window per client. A window begins with the first write after the last one is over. */
export function createRateLimit({ writes, windowMs = 60_000, now }: RateLimitOptions): RateLimit {
  const windows = new Map<string, { readonly endsAt: number; count: number }>();
  return (client) => {
    if (writes === Number.POSITIVE_INFINITY) return 0;
    const time = now();
    let window = windows.get(client);
    if (window === undefined || window.endsAt <= time) {
      if (windows.size >= knownClients) forget(windows, time);
      window = { endsAt: time + windowMs, count: 0 };
      windows.set(client, window);
    }
    if (window.count >= writes) return Math.max(1, Math.ceil((window.endsAt - time) / 1_000));
    window.count += 1;
    return 0;
  };
}

/** Drops the windows that are over; when all are running, the oldest half. */
function forget(windows: Map<string, { readonly endsAt: number }>, time: number): void {
  for (const [client, { endsAt }] of windows) if (endsAt <= time) windows.delete(client);
  const surplus = windows.size - knownClients / 2;
  if (windows.size < knownClients) return;
  for (const client of [...windows.keys()].slice(0, surplus)) windows.delete(client);
}
