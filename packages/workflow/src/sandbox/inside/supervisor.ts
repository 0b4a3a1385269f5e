/**
 * A process of its own that starts the jobs, so that the server's event loop never forks, waits or
 * reads output, and that outlives the server just long enough to end them.
 *
 * 1. Every job is killed, and its folder deleted, when the channel to the server closes.
 * 2. A job's report is sent when nothing of the job is left.
 * 3. It stands in a session of its own: Ctrl-C reaches the server, which closes the channel.
 */
import { removeFolder } from './remove-folder.ts';
import { type RunningJob, runJob } from './run-job.ts';
import type { FromSupervisor, ToSupervisor } from './supervision.ts';

const root = process.argv[2];
const jobs = new Map<string, RunningJob>();
let stopping = false;

// Only our own server writes to the channel.
process.on('message', (message) => receive(message as ToSupervisor));
process.on('disconnect', () => void stop());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => void stop());
}

function receive(message: ToSupervisor): void {
  switch (message.type) {
    case 'run': {
      const { job } = message;
      const running = runJob(job);
      jobs.set(job.id, running);
      if (running.pid !== undefined) send({ type: 'started', id: job.id, pid: running.pid });
      void running.done.then((report) => {
        jobs.delete(job.id);
        send({ type: 'report', report });
      });
      return;
    }
    case 'cancel':
      jobs.get(message.id)?.kill('cancelled');
      return;
    case 'stop':
      void stop();
      return;
  }
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  const ending = [...jobs.values()];
  for (const job of ending) job.kill('cancelled');
  await Promise.all(ending.map((job) => job.done));
  if (root !== undefined) removeFolder(root);
  process.exit(0);
}

function send(message: FromSupervisor): void {
  if (process.connected) process.send?.(message, () => {});
}
