import type { HealthCheck, HealthReport } from '../coding-tasks.ts';

export interface HealthProbeOptions {
  /** What a check may take before it counts as failed. @default 5000 */
  readonly timeoutMs?: number;
}

/** Runs the health check at most once at a time, within a limit; it always has an answer. */
export function createHealthProbe(
  check: HealthCheck,
  { timeoutMs = 5_000 }: HealthProbeOptions = {},
): () => Promise<HealthReport> {
  let running: Promise<HealthReport> | undefined;
  return () => {
    running ??= probe(check, timeoutMs).finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function probe(check: HealthCheck, timeoutMs: number): Promise<HealthReport> {
  const overdue = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<HealthReport>((resolve) => {
    timer = setTimeout(() => {
      overdue.abort(new Error(`No answer within ${timeoutMs} ms`));
      resolve(failed(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([check(overdue.signal), limit]);
  } catch {
    return failed('the check itself failed');
  } finally {
    clearTimeout(timer);
  }
}

function failed(detail: string): HealthReport {
  return { status: 'failed', checks: [{ name: 'health', status: 'failed', detail }] };
}
