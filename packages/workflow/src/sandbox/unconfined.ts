import { type Confinement, cleanEnvironment, withLimits } from './confinement.ts';
import type { User } from './inside/supervision.ts';

/**
 * No sandbox: only what was asked for in so many words. The environment is clean, the limits hold
 * and the processes are found and ended, but the code can read and send what the user can.
 */
export function unconfined(options: {
  readonly node: string;
  readonly prlimit: string | null;
  readonly user: User | null;
}): Confinement {
  return {
    info: { kind: 'none', node: options.node, networkBlocked: false },
    confines: ['node', 'python'],
    jobFolder: (folders) => folders.job,
    harnessFolder: (folders) => folders.harness,
    command(request) {
      const { folders, interpreter, args } = request;
      const [file = interpreter.file, ...before] =
        options.prlimit === null ? [interpreter.file] : withLimits(options.prlimit, request);
      return {
        file,
        args: [...before, ...args],
        env: cleanEnvironment({ home: folders.job, temporary: '/tmp' }),
        cwd: folders.job,
        user: options.user,
        sharesUser: true,
      };
    },
  };
}
