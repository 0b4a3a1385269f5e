import { realpath, rm } from 'node:fs/promises';
import type { RunLimits, TestRunner } from '../test-runner.ts';
import { chooseConfinement, type SandboxChoice } from './choose-confinement.ts';
import type { Interpreter } from './confinement.ts';
import { type Executor, execute } from './execute.ts';
import { buildProgram } from './javascript/build-program.ts';
import { javascript } from './javascript/javascript.ts';
import type { SandboxLanguage } from './language.ts';
import { findPython } from './python/find-python.ts';
import { python } from './python/python.ts';
import { makeRunnerFolder } from './runner-folder.ts';
import { sandboxUser } from './sandbox-user.ts';
import { superviseJobs } from './supervisor.ts';
import { judgeCollection, judgeRun } from './verdict.ts';

export interface SandboxRunnerOptions {
  /**
   * `auto`: bubblewrap where it works, else Node's permission model (JavaScript and TypeScript
   * only), else an error. `none` runs the code with the rights of the server's user (as `nobody`
   * when that is root): say it only where the whole machine is the sandbox. @default 'auto'
   */
  readonly sandbox?: SandboxChoice;
  /** @default [javascript('javascript'), javascript('typescript'), python()] */
  readonly languages?: readonly SandboxLanguage[];
  /** The Node binary that runs JavaScript tests. @default this process's own */
  readonly node?: string;
  /** The Python that runs Python tests, like that of a virtual environment. @default the system's `python3` */
  readonly python?: string;
  /** What a request's own limits are laid over. @default see RunLimits */
  readonly limits?: Partial<RunLimits>;
}

/**
 * A test runner that keeps the code under test away from the host.
 *
 * @throws TestRunnerError `SANDBOX_UNAVAILABLE` when no sandbox works here and none was not asked for.
 */
export async function createSandboxRunner(options: SandboxRunnerOptions = {}): Promise<TestRunner> {
  const known = options.languages ?? [javascript('javascript'), javascript('typescript'), python()];
  const user = sandboxUser();
  const node = await realpath(options.node ?? process.execPath);
  // Built at once, in a process of its own.
  const [program, ...harnesses] = await Promise.all([
    buildProgram('supervisor.ts'),
    ...known.map((language) => language.harness()),
  ]);
  const folder = await makeRunnerFolder({
    node,
    user,
    supervisor: program,
    harness: harnesses.flat(),
  });
  const supervisor = superviseJobs({ program: folder.supervisor, root: folder.root });
  const interpreters: Readonly<Record<Interpreter['kind'], Interpreter | null>> = {
    node: { kind: 'node', file: folder.node, folders: [] },
    python: await findPython({ file: options.python, user }),
  };
  const close = async () => {
    await supervisor.close();
    await rm(folder.root, { recursive: true, force: true });
  };
  const confinement = await chooseConfinement({
    choice: options.sandbox ?? 'auto',
    supervisor,
    interpreter: { kind: 'node', file: folder.node, folders: [] },
    folders: { job: folder.jobs, harness: folder.harness },
    user,
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const languages = new Map(
    known
      .filter(
        ({ interpreter }) =>
          confinement.confines.includes(interpreter) && interpreters[interpreter] !== null,
      )
      .map((language) => [language.language, language]),
  );

  const executor: Executor = {
    confinement,
    supervisor,
    languages,
    interpreters,
    root: folder.root,
    jobs: folder.jobs,
    harness: folder.harness,
    limits: options.limits ?? {},
  };
  return {
    sandbox: confinement.info,
    languages: [...languages.keys()],
    async collect(request, { signal } = {}) {
      return judgeCollection(await execute(executor, request, { mode: 'collect', signal }));
    },
    async run(request, { signal } = {}) {
      const execution = await execute(executor, request, { mode: 'run', signal });
      return judgeRun(execution, {
        expected: request.expected,
        ignored: request.ignored ?? [],
        sandbox: confinement.info,
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
