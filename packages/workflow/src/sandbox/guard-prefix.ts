import { findProgram } from './find-program.ts';
import type { User } from './inside/supervision.ts';

/**
 * What stands before a command that no namespace holds, so that it does not outlive its parent.
 * Programs of util-linux; an empty prefix where they are missing, as on macOS.
 */
export interface GuardPrefix {
  readonly args: readonly string[];
  /** The user to start the prefix as: it may itself drop to another. */
  readonly user: User | null;
}

/** The kernel kills the command when the supervisor dies, however it dies. */
export async function dyingWithParent(user: User | null): Promise<GuardPrefix> {
  const setpriv = await findProgram('setpriv');
  const args = setpriv === null ? [] : [setpriv, '--no-new-privs', '--pdeathsig', 'KILL'];
  return { args, user };
}

/**
 * The same, and in a process namespace of its own: with its first process everything that it
 * started dies, in whatever session it hides. Null where the programs are missing.
 */
export async function inProcessNamespace(user: User | null): Promise<GuardPrefix | null> {
  const [setpriv, unshare] = [await findProgram('setpriv'), await findProgram('unshare')];
  if (setpriv === null || unshare === null) return null;
  const namespace = [unshare, '--pid', '--fork', '--kill-child'];
  const dying = ['--no-new-privs', '--pdeathsig', 'KILL'];
  if (user === null) {
    return { args: [setpriv, ...dying, ...namespace, '--user', '--map-current-user'], user };
  }
  const drop = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  // A change of user clears the death signal: it is set again.
  return {
    args: [setpriv, '--pdeathsig', 'KILL', ...namespace, setpriv, ...drop, ...dying],
    user: null,
  };
}
