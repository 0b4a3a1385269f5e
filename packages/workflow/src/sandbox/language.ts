import type { Language } from '@org/events';
import type { RunRequest, TestFailure } from '../test-runner.ts';
import type { Interpreter } from './confinement.ts';

/** A language whose tests can be run: the whole of what a new one has to bring. */
export interface SandboxLanguage {
  readonly language: Language;
  readonly interpreter: Interpreter['kind'];
  /** The programs that run beside the tests, written once per runner. */
  harness(): Promise<readonly HarnessFile[]>;
  /**
   * Turns a request into the files of a job and the arguments of its interpreter, or into the
   * failure that the sources or tests already show. It must execute nothing of them.
   */
  prepare(request: PrepareRequest): Promise<Preparation>;
}

export interface HarnessFile {
  readonly path: string;
  readonly content: string;
}

export interface PrepareRequest {
  readonly mode: 'collect' | 'run';
  readonly request: Omit<RunRequest, 'expected'>;
  /** As the program sees them. */
  readonly jobFolder: string;
  readonly harnessFolder: string;
}

export type Preparation =
  | {
      readonly ok: true;
      readonly files: readonly HarnessFile[];
      readonly args: readonly string[];
      /** Handed to the harness with the nonce, as one line of JSON on standard input. */
      readonly config: Readonly<Record<string, unknown>>;
    }
  | { readonly ok: false; readonly failure: TestFailure };
