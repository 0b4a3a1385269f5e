import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { CollectRequest, RunLimits, RunRequest, TestFailure } from '../test-runner.ts';
import { TestRunnerError } from '../test-runner-error.ts';
import { checkFileName } from '../workspace/file-name.ts';
import type { Confinement, Interpreter } from './confinement.ts';
import type { JobReport } from './inside/supervision.ts';
import type { SandboxLanguage } from './language.ts';
import { defaultLimits } from './limits.ts';
import type { Supervisor } from './supervisor.ts';

const maxRequestBytes = 4 * 1024 * 1024;

/** Everything that a run needs and that does not change from run to run. */
export interface Executor {
  readonly confinement: Confinement;
  readonly supervisor: Supervisor;
  readonly languages: ReadonlyMap<string, SandboxLanguage>;
  readonly interpreters: Readonly<Record<Interpreter['kind'], Interpreter | null>>;
  /** Folders of the host. */
  readonly root: string;
  readonly jobs: string;
  readonly harness: string;
  readonly limits: Partial<RunLimits>;
}

/** What came of a run, or the failure that was plain before it. */
export type Execution =
  | {
      readonly ran: true;
      readonly report: JobReport;
      readonly nonce: string;
      readonly clean: Clean;
    }
  | { readonly ran: false; readonly failure: TestFailure };

type Clean = (text: string) => string;

/** Prepares a job, has it run, and hands back the raw evidence. */
export async function execute(
  executor: Executor,
  request: CollectRequest & Partial<RunRequest>,
  options: { readonly mode: 'collect' | 'run'; readonly signal?: AbortSignal | undefined },
): Promise<Execution> {
  options.signal?.throwIfAborted();
  checkRequest(request);
  const { confinement, supervisor } = executor;
  const { language, interpreter } = find(executor, request.language);
  const id = randomUUID();
  const folders = { job: join(executor.jobs, id), harness: executor.harness };
  const jobFolder = confinement.jobFolder(folders);
  const harnessFolder = confinement.harnessFolder(folders);
  const prepared = await language.prepare({
    mode: options.mode,
    request,
    jobFolder,
    harnessFolder,
  });
  if (!prepared.ok) return { ran: false, failure: prepared.failure };
  const limits = { ...defaultLimits, ...executor.limits, ...request.limits };
  const nonce = randomBytes(24).toString('hex');
  const { mode } = options;
  const { skipped = 'run', useStub = false } = request;
  const report = await supervisor.run(
    {
      id,
      folder: folders.job,
      files: prepared.files,
      command: confinement.command({ folders, interpreter, args: prepared.args, limits }),
      input: `${JSON.stringify({ ...prepared.config, nonce, mode, skipped, useStub })}\n`,
      limits,
    },
    options.signal === undefined ? {} : { signal: options.signal },
  );
  return {
    ran: true,
    report,
    nonce,
    clean: cleaner([jobFolder, harnessFolder, executor.root, nonce]),
  };
}

function find(
  executor: Executor,
  name: string,
): { readonly language: SandboxLanguage; readonly interpreter: Interpreter } {
  const language = executor.languages.get(name);
  const interpreter = language === undefined ? null : executor.interpreters[language.interpreter];
  if (language !== undefined && interpreter !== null) return { language, interpreter };
  const { kind } = executor.confinement.info;
  throw new TestRunnerError(
    'LANGUAGE_UNAVAILABLE',
    `Tests in ${name} do not run here (sandbox: ${kind}). These do: ${[...executor.languages.keys()].join(', ')}.`,
  );
}

/** @throws TestRunnerError `INVALID_REQUEST` */
function checkRequest({ language, files, tests, support = [] }: CollectRequest): void {
  if (tests.length === 0) throw invalid('There is no test file.');
  const paths = new Set<string>();
  let bytes = 0;
  for (const file of [...files, ...tests, ...support]) {
    const check = checkFileName(file.path, { language });
    if (!check.ok) throw invalid(`The file name ${check.reason}.`);
    if (paths.has(check.path)) throw invalid(`Two files are called ${file.path}.`);
    paths.add(check.path);
    bytes += Buffer.byteLength(file.content);
  }
  if (bytes > maxRequestBytes) throw invalid(`The files have more than ${maxRequestBytes} bytes.`);
}

function invalid(message: string): TestRunnerError {
  return new TestRunnerError('INVALID_REQUEST', message);
}

/** Takes folders of the host and the nonce out of what is shown. */
function cleaner(hidden: readonly string[]): Clean {
  return (text) =>
    hidden.reduce(
      (cleaned, secret) => cleaned.replaceAll(`${secret}/`, '').replaceAll(secret, ''),
      text,
    );
}
