import { type ChildProcess, spawn } from 'node:child_process';
import { TestRunnerError } from '../test-runner-error.ts';
import { killGroup, killMarked } from './inside/kill.ts';
import { removeFolder } from './inside/remove-folder.ts';
import type { FromSupervisor, Job, JobReport, ToSupervisor } from './inside/supervision.ts';

/** How long a job's report may be late before the supervisor itself is taken for lost. */
const lateMs = 5000;

/** The server's end of the process that runs the jobs. It is started on demand, and again if it dies. */
export interface Supervisor {
  /** Rejects with `SANDBOX_FAILED` when the supervisor died, with the signal's reason when aborted. */
  run(job: Job, options?: { readonly signal?: AbortSignal }): Promise<JobReport>;
  /** Kills what runs and waits until it is gone. */
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (report: JobReport) => void;
  readonly reject: (error: Error) => void;
  pid: number | null;
  readonly folder: string;
}

export function superviseJobs(options: {
  /** The supervisor's program. */
  readonly program: string;
  /** Deleted by the supervisor when it ends. */
  readonly root: string;
}): Supervisor {
  const pending = new Map<string, Pending>();
  let child: ChildProcess | null = null;
  let ended: Promise<void> = Promise.resolve();
  let closed = false;

  const ensure = (): ChildProcess => {
    if (child !== null) return child;
    const started = spawn(process.execPath, [options.program, options.root], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
      env: {},
    });
    child = started;
    started.unref();
    started.channel?.unref();
    // Our own program is at the other end.
    started.on('message', (message) => receive(message as FromSupervisor));
    ended = new Promise((resolve) => {
      const lost = (cause?: Error) => {
        if (child === started) child = null;
        for (const [id, job] of pending) {
          pending.delete(id);
          // Nobody else is left to do it.
          if (job.pid !== null) killGroup(job.pid);
          killMarked(id);
          removeFolder(job.folder);
          job.reject(closed ? runnerClosed() : supervisorDied(cause));
        }
        resolve();
      };
      started.once('exit', () => lost());
      started.once('error', lost);
    });
    return started;
  };

  const receive = (message: FromSupervisor) => {
    if (message.type === 'started') {
      const job = pending.get(message.id);
      if (job) job.pid = message.pid;
      return;
    }
    const job = pending.get(message.report.id);
    pending.delete(message.report.id);
    job?.resolve(message.report);
  };

  const send = (message: ToSupervisor) => {
    const supervisor = ensure();
    supervisor.send(message, (error) => {
      if (error !== null) supervisor.kill('SIGKILL');
    });
  };

  return {
    async run(job, { signal } = {}) {
      signal?.throwIfAborted();
      if (closed) throw runnerClosed();
      const supervisor = ensure();
      supervisor.ref();
      supervisor.channel?.ref();
      const cancel = () => send({ type: 'cancel', id: job.id });
      signal?.addEventListener('abort', cancel, { once: true });
      const late = setTimeout(() => supervisor.kill('SIGKILL'), job.limits.timeoutMs + lateMs);
      try {
        const report = await new Promise<JobReport>((resolve, reject) => {
          pending.set(job.id, { resolve, reject, pid: null, folder: job.folder });
          send({ type: 'run', job });
        });
        signal?.throwIfAborted();
        // Killed on nobody's request but ours: that says nothing about the code.
        if (report.killed === 'cancelled') throw closed ? runnerClosed() : supervisorDied();
        return report;
      } finally {
        clearTimeout(late);
        signal?.removeEventListener('abort', cancel);
        if (pending.size === 0) {
          supervisor.unref();
          supervisor.channel?.unref();
        }
      }
    },
    async close() {
      closed = true;
      if (child?.connected) child.send({ type: 'stop' } satisfies ToSupervisor, () => {});
      child?.ref();
      await ended;
    },
  };
}

function runnerClosed(): TestRunnerError {
  return new TestRunnerError('RUNNER_CLOSED', 'The test runner is closed.');
}

function supervisorDied(cause?: Error): TestRunnerError {
  return new TestRunnerError('SANDBOX_FAILED', 'The process that runs the tests died.', { cause });
}
