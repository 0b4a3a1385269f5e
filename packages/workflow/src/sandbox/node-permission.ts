import { type Confinement, cleanEnvironment, toCommand, withLimits } from './confinement.ts';
import type { GuardPrefix } from './guard-prefix.ts';

/**
 * Node's own permission model, for JavaScript where there are no namespaces: it reads its job and
 * the harness, writes nothing, starts no process, no worker and no addon, and from Node 25 on opens
 * no socket. It guards against code that misbehaves, not against a hole in Node.
 */
export function nodePermission(options: {
  readonly node: string;
  readonly networkBlocked: boolean;
  readonly prlimit: string | null;
  readonly guard: GuardPrefix;
}): Confinement {
  return {
    info: { kind: 'node-permission', node: options.node, networkBlocked: options.networkBlocked },
    confines: ['node'],
    jobFolder: (folders) => folders.job,
    harnessFolder: (folders) => folders.harness,
    command: (request) => {
      const { folders, args } = request;
      const permissions = [
        '--permission',
        `--allow-fs-read=${folders.job}`,
        `--allow-fs-read=${folders.harness}`,
      ];
      return toCommand(
        [...options.guard.args, ...withLimits(options.prlimit, request), ...permissions, ...args],
        {
          env: cleanEnvironment({ home: folders.job, temporary: folders.job }),
          cwd: folders.job,
          user: options.guard.user,
          sharesUser: true,
        },
      );
    },
  };
}
