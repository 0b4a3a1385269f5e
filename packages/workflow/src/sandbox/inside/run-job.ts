import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Collector, collect } from './collector.ts';
import { countTasks } from './count-tasks.ts';
import { changedFiles, writeJobFiles } from './job-files.ts';
import { killGroup, killMarked, killOne, mark } from './kill.ts';
import { isAlive, measureTree, type SeenProcess } from './process-tree.ts';
import { removeFolder } from './remove-folder.ts';
import type { Job, JobReport, KillReason } from './supervision.ts';

const pollMs = 40;
/** How long pipes may stay open after the last known process has been killed. */
const closeMs = 500;
const nobody = 65_534;
const maxMessageBytes = 4 * 1024 * 1024;

export interface RunningJob {
  readonly pid: number | undefined;
  readonly done: Promise<JobReport>;
  kill(reason: KillReason): void;
}

/**
 * Runs one job in its own process group and reports when nothing of it is left:
 * no process of the group, none that descended from it, no file.
 */
export function runJob(job: Job): RunningJob {
  const startedAt = performance.now();
  const output = collect(job.limits.outputBytes);
  const messages = collect(maxMessageBytes);
  const seen = new Map<number, SeenProcess>();
  let killed: KillReason | null = null;
  let child: ChildProcess | null = null;

  const sweep = () => {
    if (child?.pid !== undefined) killGroup(child.pid);
    for (const process of seen.values()) if (isAlive(process)) killOne(process.pid);
    killMarked(job.id);
  };
  const kill = (reason: KillReason) => {
    killed ??= reason;
    watch();
    sweep();
  };
  const watch = () => {
    if (child?.pid === undefined) return;
    const usage = measureTree(child.pid);
    for (const process of usage.processes) seen.set(process.pid, process);
    if (killed !== null) return;
    if (usage.memoryBytes > job.limits.memoryBytes) kill('memory');
    else if (usage.tasks > job.limits.processes * 4) kill('processes');
  };

  const done = (async (): Promise<JobReport> => {
    let spawnError: string | null = null;
    let end: { code: number | null; signal: string | null } = { code: null, signal: null };
    try {
      writeJobFiles(job);
      child = start(job);
      const pipes = attach(child, { job, output, messages, kill });
      const timer = setTimeout(() => kill('timeout'), job.limits.timeoutMs);
      const poll = setInterval(watch, pollMs);
      try {
        end = await exited(child);
      } finally {
        clearTimeout(timer);
        clearInterval(poll);
      }
      await settle(sweep, () => [...seen.values()].some(isAlive));
      await pipes.closed();
    } catch (error) {
      spawnError = error instanceof Error ? error.message : String(error);
    }
    const changed = spawnError === null ? changedFiles(job) : [];
    removeFolder(job.folder);
    return {
      id: job.id,
      exitCode: end.code,
      signal: end.signal,
      killed,
      output: output.text(),
      messages: messages.text(),
      changedFiles: changed,
      durationMs: performance.now() - startedAt,
      spawnError,
    };
  })();

  return {
    get pid() {
      return child?.pid;
    },
    done,
    kill,
  };
}

function start(job: Job): ChildProcess {
  const { file, args, env, cwd, user, sharesUser } = job.command;
  const others = sharesUser ? countTasks(sharedWith(job.command)) : 0;
  const limited = args.map((arg) =>
    arg.startsWith('--nproc=') ? `--nproc=${job.limits.processes + others}` : arg,
  );
  return spawn(file, limited, {
    cwd,
    env: { ...env, [mark]: job.id },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  });
}

/** Root drops to nobody, if not before the command then in it. */
function sharedWith({ user }: Job['command']): number | undefined {
  const own = process.getuid?.();
  return user?.uid ?? (own === 0 ? nobody : own);
}

function attach(
  child: ChildProcess,
  sinks: {
    readonly job: Job;
    readonly output: Collector;
    readonly messages: Collector;
    readonly kill: (reason: KillReason) => void;
  },
): { closed(): Promise<void> } {
  const readers = [
    { stream: child.stdout, sink: sinks.output },
    { stream: child.stderr, sink: sinks.output },
    // The fourth pipe is readable, like 1 and 2; its type covers both directions.
    { stream: child.stdio[3] as Readable | null, sink: sinks.messages },
  ];
  const ends = readers.map(({ stream, sink }) => {
    if (!stream) return Promise.resolve();
    stream.on('data', (chunk: Buffer) => {
      if (!sink.add(chunk)) sinks.kill('output');
    });
    stream.on('error', () => {});
    return new Promise<void>((resolve) => stream.once('close', resolve));
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(sinks.job.input);
  return {
    async closed() {
      const late = setTimeout(() => {
        for (const { stream } of readers) stream?.destroy();
      }, closeMs);
      await Promise.all(ends);
      clearTimeout(late);
    },
  };
}

function exited(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Kills until nothing known is alive; a process in the kernel's hands may take a moment. */
async function settle(sweep: () => void, alive: () => boolean): Promise<void> {
  sweep();
  for (let round = 0; round < 50 && alive(); round++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    sweep();
  }
}
