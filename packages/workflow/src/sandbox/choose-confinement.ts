import { TestRunnerError } from '../test-runner-error.ts';
import { bubblewrap } from './bubblewrap.ts';
import type { ConfinedFolders, Confinement, Interpreter } from './confinement.ts';
import { findProgram } from './find-program.ts';
import { dyingWithParent, inProcessNamespace } from './guard-prefix.ts';
import type { User } from './inside/supervision.ts';
import { nodePermission } from './node-permission.ts';
import { probe } from './probe.ts';
import type { Supervisor } from './supervisor.ts';
import { unconfined } from './unconfined.ts';

/** `auto`: bubblewrap, else Node's permission model, else refused. `none` is never chosen by itself. */
export type SandboxChoice = 'auto' | 'bubblewrap' | 'node-permission' | 'none';

interface ChooseOptions {
  readonly choice: SandboxChoice;
  readonly supervisor: Supervisor;
  readonly interpreter: Interpreter;
  readonly folders: ConfinedFolders;
  readonly user: User | null;
}

/** The strongest confinement that works here, each tried by a real run. @throws TestRunnerError `SANDBOX_UNAVAILABLE` */
export async function chooseConfinement(options: ChooseOptions): Promise<Confinement> {
  const faults: string[] = [];
  const attempts = {
    bubblewrap: tryBubblewrap,
    'node-permission': tryNodePermission,
    none: tryNone,
  };
  const order =
    options.choice === 'auto' ? (['bubblewrap', 'node-permission'] as const) : [options.choice];
  for (const kind of order) {
    const attempt = await attempts[kind](options);
    if (typeof attempt !== 'string') return attempt;
    faults.push(`${kind}: ${attempt}`);
  }
  throw new TestRunnerError(
    'SANDBOX_UNAVAILABLE',
    `There is no sandbox here to run the tests of generated code in.\n${faults.join('\n')}\n` +
      `Install bubblewrap (apt install bubblewrap), or run Node 25 or later; ` +
      `only sandbox: "none" runs the code without one.`,
  );
}

/** A confinement, or why it does not work. */
type Attempt = Promise<Confinement | string>;

async function tryBubblewrap(options: ChooseOptions): Attempt {
  if (process.platform !== 'linux') return 'it needs Linux';
  const bwrap = await findProgram('bwrap');
  if (bwrap === null) return 'bwrap is not installed';
  const prlimit = await findProgram('prlimit');
  if (prlimit === null) return 'prlimit (util-linux) is not installed';
  const make = (node: string) => bubblewrap({ bwrap, prlimit, node, user: options.user });
  const probed = await probe(make(process.version), options);
  if (!probed.ok) return `${probed.reason}${hint(probed.reason)}`;
  const { node, root, seesHome, networkBlocked } = probed.findings;
  if (root || seesHome || !networkBlocked) {
    return 'it runs, but does not keep the code from root, homes or the network';
  }
  return make(node);
}

async function tryNodePermission(options: ChooseOptions): Attempt {
  const prlimit = await findProgram('prlimit');
  const guard = await dyingWithParent(options.user);
  const make = (node: string, networkBlocked: boolean) =>
    nodePermission({ node, networkBlocked, prlimit, guard });
  const probed = await probe(make(process.version, false), options);
  if (!probed.ok) return probed.reason;
  if (probed.findings.seesHome) return 'it runs, but does not keep the code from homes';
  return make(probed.findings.node, probed.findings.networkBlocked);
}

async function tryNone(options: ChooseOptions): Attempt {
  const prlimit = await findProgram('prlimit');
  const guards = [await inProcessNamespace(options.user), await dyingWithParent(options.user)];
  let reason = '';
  for (const guard of guards) {
    if (guard === null) continue;
    const make = (node: string) => unconfined({ node, prlimit, guard });
    const probed = await probe(make(process.version), options);
    if (probed.ok) return make(probed.findings.node);
    reason = probed.reason;
  }
  return reason;
}

/** What helps when bubblewrap fails with these words. */
export function hint(reason: string): string {
  return /RTM_NEWADDR|uid map|[Uu]ser namespace|Operation not permitted|Permission denied/.test(
    reason,
  )
    ? ' — Ubuntu 24.04 and later keep programs from making user namespaces: install an AppArmor ' +
        'profile for bwrap (/etc/apparmor.d/bwrap with "userns,"), or set ' +
        'kernel.apparmor_restrict_unprivileged_userns=0. In a container, allow user namespaces.'
    : '';
}
