import {
  type ConfinedCommand,
  type Confinement,
  cleanEnvironment,
  type Interpreter,
  withLimits,
} from './confinement.ts';
import type { User } from './inside/supervision.ts';

const job = '/job';
const harness = '/harness';
/** Where a Node from outside `/usr` appears: at its own path it would show the home it lies in. */
const outsideNode = '/node';
/** Not a real user of the host; `nobody` on every Linux. */
const insideId = '65534';

/** Parts of the host that programs need and nobody's secrets are in. */
const systemFolders = ['/bin', '/sbin', '/lib', '/lib64', '/lib32'];
const systemFiles = ['/etc/alternatives', '/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/localtime'];

/**
 * Linux namespaces by bubblewrap: no home, no secrets, no environment, no network, no processes of
 * the host, a private /tmp of `fileBytes`, everything else read-only, no capabilities, no nested
 * user namespaces. What the kernel itself would have to get wrong is out of its reach.
 */
export function bubblewrap(options: {
  readonly bwrap: string;
  readonly prlimit: string;
  /** The Node version that the probe saw inside. */
  readonly node: string;
  /** Dropped to before bubblewrap starts, when the server is root: RLIMIT_NPROC does not bind root. */
  readonly user: User | null;
}): Confinement {
  return {
    info: { kind: 'bubblewrap', node: options.node, networkBlocked: true },
    confines: ['node', 'python'],
    jobFolder: () => job,
    harnessFolder: () => harness,
    command: (request) => ({
      file: options.bwrap,
      args: [
        ...profile(request),
        '--',
        ...withLimits(options.prlimit, {
          ...request,
          interpreter: { ...request.interpreter, file: fileInside(request.interpreter) },
        }),
        ...request.args,
      ],
      env: {},
      cwd: '/',
      user: options.user,
      // The count starts anew in a user namespace.
      sharesUser: false,
    }),
  };
}

/** The interpreter as the sandbox sees it. */
function fileInside({ file, folders }: Interpreter): string {
  return ['/usr', ...folders].some((folder) => file.startsWith(`${folder}/`)) ? file : outsideNode;
}

function profile({ folders, interpreter, limits }: ConfinedCommand): readonly string[] {
  const environment = cleanEnvironment({ home: '/tmp', temporary: '/tmp' });
  const size = String(limits.fileBytes);
  const inside = fileInside(interpreter);
  return [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent'],
    ...['--new-session', '--clearenv', '--hostname', 'sandbox'],
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--ro-bind', '/usr', '/usr'],
    ...[...systemFolders, ...systemFiles].flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--proc', '/proc', '--dev', '/dev', '--size', size, '--tmpfs', '/dev/shm'],
    ...['--remount-ro', '/dev', '--size', size, '--tmpfs', '/tmp'],
    ...interpreter.folders.flatMap((path) => ['--ro-bind', path, path]),
    ...(inside === interpreter.file ? [] : ['--ro-bind', interpreter.file, inside]),
    ...['--ro-bind', folders.harness, harness, '--ro-bind', folders.job, job, '--chdir', job],
    ...['--uid', insideId, '--gid', insideId, '--cap-drop', 'ALL', '--remount-ro', '/'],
  ];
}
