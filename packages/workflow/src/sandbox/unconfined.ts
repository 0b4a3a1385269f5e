import { type Confinement, cleanEnvironment, toCommand, withLimits } from './confinement.ts';
import type { GuardPrefix } from './guard-prefix.ts';

/**
 * No sandbox: only what was asked for in so many words. The environment is clean, the limits hold
 * and the processes are found and ended, but the code can read and send what the user can.
 */
export function unconfined(options: {
  readonly node: string;
  readonly prlimit: string | null;
  readonly guard: GuardPrefix;
}): Confinement {
  return {
    info: { kind: 'none', node: options.node, networkBlocked: false },
    confines: ['node', 'python'],
    jobFolder: (folders) => folders.job,
    harnessFolder: (folders) => folders.harness,
    command: (request) => {
      const { folders, args } = request;
      return toCommand([...options.guard.args, ...withLimits(options.prlimit, request), ...args], {
        env: cleanEnvironment({ home: folders.job, temporary: '/tmp' }),
        cwd: folders.job,
        user: options.guard.user,
        sharesUser: true,
      });
    },
  };
}
