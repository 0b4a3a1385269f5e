import { readdirSync, readFileSync } from 'node:fs';

const pageBytes = 4096;

/** A process that was seen; `startedAt` tells it from a later one with the same id. */
export interface SeenProcess {
  readonly pid: number;
  readonly startedAt: string;
}

/** What a process and all below it use now. Empty where there is no `/proc`. */
export interface TreeUsage {
  readonly processes: readonly SeenProcess[];
  /** Processes and threads. */
  readonly tasks: number;
  /** Resident memory that is not shared file pages. */
  readonly memoryBytes: number;
}

/** Walks `/proc` down from a process. Cheap: it reads the tree's own processes only. */
export function measureTree(root: number): TreeUsage {
  const processes: SeenProcess[] = [];
  let tasks = 0;
  let memoryBytes = 0;
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    try {
      const startedAt = startTime(pid);
      const threads = readdirSync(`/proc/${pid}/task`);
      const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'latin1')
        .split(' ')
        .map(Number);
      processes.push({ pid, startedAt });
      tasks += threads.length;
      memoryBytes += (resident - shared) * pageBytes;
      for (const thread of threads) {
        const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1');
        open.push(...children.split(' ').filter(Boolean).map(Number));
      }
    } catch {
      // It ended while we looked.
    }
  }
  return { processes, tasks, memoryBytes };
}

/** Processes whose starting environment holds `NAME=value`, wherever they hang in the tree. */
export function findByEnvironment(entry: string): readonly SeenProcess[] {
  const found: SeenProcess[] = [];
  for (const pid of processIds()) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      if (environment.split('\0').includes(entry)) found.push({ pid, startedAt: startTime(pid) });
    } catch {
      // It ended, or belongs to somebody else.
    }
  }
  return found;
}

export function isAlive(process: SeenProcess): boolean {
  try {
    return startTime(process.pid) === process.startedAt;
  } catch {
    return false;
  }
}

/** Field 22 of `/proc/PID/stat`; a zombie counts as ended. The name in field 2 can hold anything. */
function startTime(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') throw new Error('ended');
  return fields[19] ?? '';
}

function processIds(): readonly number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1);
  } catch {
    return [];
  }
}
