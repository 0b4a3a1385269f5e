import type { SandboxInfo } from '../test-runner.ts';
import type { Command, JobLimits } from './inside/supervision.ts';

/** One way of keeping a program away from the host. It only builds commands; a supervisor runs them. */
export interface Confinement {
  readonly info: SandboxInfo;
  /** Where a job's files appear to the program. */
  jobFolder(job: ConfinedFolders): string;
  /** Where the programs of this package that run beside the tests appear. */
  harnessFolder(job: ConfinedFolders): string;
  /** Which interpreters it can confine. */
  readonly confines: readonly Interpreter['kind'][];
  command(request: ConfinedCommand): Command;
}

/** Real, absolute paths on the host. */
export interface ConfinedFolders {
  readonly job: string;
  readonly harness: string;
}

export interface ConfinedCommand {
  readonly folders: ConfinedFolders;
  readonly interpreter: Interpreter;
  readonly args: readonly string[];
  readonly limits: JobLimits;
}

/** A program that runs the tests: its file, and the folders outside `/usr` that it needs. */
export interface Interpreter {
  readonly kind: 'node' | 'python';
  readonly file: string;
  readonly folders: readonly string[];
}

/** The whole environment of the code under test; nothing of the server's gets in. */
export function cleanEnvironment(folders: {
  readonly home: string;
  readonly temporary: string;
}): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: folders.home,
    TMPDIR: folders.temporary,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    CI: '1',
  };
}

/** The interpreter, with `prlimit` in front where there is one: what the kernel enforces for each process. */
export function withLimits(prlimit: string | null, request: ConfinedCommand): readonly string[] {
  const { limits, interpreter } = request;
  const mebibytes = Math.floor(limits.memoryBytes / 1024 / 1024);
  // Node reserves far more address space than it uses: its heap has a limit of its own.
  const python = interpreter.kind === 'python';
  const heap = python ? [] : [`--max-old-space-size=${Math.max(32, Math.floor(mebibytes / 2))}`];
  const command = [interpreter.file, ...heap];
  if (prlimit === null) return command;
  return [
    prlimit,
    `--nproc=${limits.processes}`,
    `--fsize=${limits.fileBytes}`,
    '--core=0',
    '--nofile=256',
    `--cpu=${Math.ceil((limits.timeoutMs / 1000) * 4)}`,
    ...(python ? [`--as=${limits.memoryBytes}`] : []),
    ...command,
  ];
}

/** A command from its words. */
export function toCommand(words: readonly string[], rest: Omit<Command, 'file' | 'args'>): Command {
  const [file = '', ...args] = words;
  return { file, args, ...rest };
}
