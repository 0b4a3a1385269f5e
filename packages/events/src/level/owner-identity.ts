import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells one process from any other, also from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start of the process, in clock ticks since boot; null where the system does not say. */
  readonly startTime: string | null;
  /** Differs after each boot; null where the system does not say. */
  readonly bootId: string | null;
  /** Pids are only comparable within one of these; null where there are none. */
  readonly pidNamespace: string | null;
  readonly host: string;
}

export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    startTime: processStat(process.pid)?.startTime ?? null,
    bootId: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
    host: hostname(),
  };
}

/**
 * `unknown`: the process lives in another container of this machine, where its pid says nothing.
 * A process on another machine counts as alive.
 */
export function liveness(
  other: ProcessIdentity,
  self: ProcessIdentity,
): 'alive' | 'dead' | 'unknown' {
  const sameBoot =
    other.bootId === self.bootId && (self.bootId !== null || other.host === self.host);
  if (!sameBoot) return other.host === self.host ? 'dead' : 'alive';
  if (other.pidNamespace !== self.pidNamespace) return 'unknown';
  if (!pidExists(other.pid)) return 'dead';
  const stat = processStat(other.pid);
  if (stat?.state === 'Z' || stat?.state === 'X') return 'dead'; // ended, but not yet collected
  const reused = stat && other.startTime !== null && stat.startTime !== other.startTime;
  return reused ? 'dead' : 'alive';
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** From `/proc/PID/stat`, whose second field is a name in parentheses that can hold anything. */
function processStat(pid: number): { readonly state: string; readonly startTime: string } | null {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields?.[0], fields?.[19]];
  return state !== undefined && startTime !== undefined ? { state, startTime } : null;
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null; // not this system's way to say it
  }
}
