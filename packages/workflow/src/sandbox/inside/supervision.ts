/** What the server asks its supervisor to run. Everything is plain data: it crosses a process. */
export interface Job {
  readonly id: string;
  /** The job's own folder: made for it, deleted after it. */
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly command: Command;
  /** Written to standard input, which is then closed. */
  readonly input: string;
  readonly limits: JobLimits;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The user and group to run as; null: the server's own. */
  readonly user: User | null;
  /** The user has other processes, which RLIMIT_NPROC counts in: `--nproc=` is raised by their number. */
  readonly sharesUser: boolean;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface JobLimits {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly fileBytes: number;
  readonly outputBytes: number;
}

/** Why the supervisor ended a job before it ended itself. */
export type KillReason = 'timeout' | 'memory' | 'processes' | 'output' | 'cancelled';

export interface JobReport {
  readonly id: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly killed: KillReason | null;
  /** Standard output and error, interleaved as they came, cut at `outputBytes`. */
  readonly output: string;
  /** Everything that came over the separate pipe. */
  readonly messages: string;
  /** Files that were not as written when the job had ended. */
  readonly changedFiles: readonly string[];
  readonly durationMs: number;
  /** The command could not be started at all. */
  readonly spawnError: string | null;
}

export type ToSupervisor =
  | { readonly type: 'run'; readonly job: Job }
  | { readonly type: 'cancel'; readonly id: string }
  | { readonly type: 'stop' };

export type FromSupervisor =
  | { readonly type: 'started'; readonly id: string; readonly pid: number }
  | { readonly type: 'report'; readonly report: JobReport };
