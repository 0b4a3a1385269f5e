/**
 * What a harness says over the separate pipe: one line per message, the nonce, a space, JSON.
 * A line without the nonce was not written by the harness.
 */
export type HarnessMessage =
  /** The tests that were found, in order. The first message, unless loading failed. */
  | { readonly type: 'names'; readonly names: readonly string[] }
  /** A file could not be loaded. */
  | {
      readonly type: 'load-failed';
      readonly file: string;
      readonly kind: 'syntax' | 'crash';
      readonly message: string;
    }
  /** A test has ended. Everything is text, cut to a few KiB. */
  | {
      readonly type: 'result';
      readonly name: string;
      readonly status: 'passed' | 'failed' | 'skipped';
      readonly message: string | null;
      readonly expected: string | null;
      readonly actual: string | null;
      readonly durationMs: number | null;
    }
  /** `beforeAll` or `afterAll` threw. */
  | { readonly type: 'hook-failed'; readonly suite: string; readonly message: string }
  /** Something that the verdict rests on was replaced. */
  | { readonly type: 'tampered'; readonly message: string }
  /** The harness has come to its end, with this many results. */
  | { readonly type: 'end'; readonly results: number };

/** The line of standard input that starts a harness. */
export interface HarnessConfig {
  readonly nonce: string;
  readonly mode: 'collect' | 'run';
  /** Bodies run against stubs that throw. */
  readonly useStub: boolean;
  readonly skipped: 'run' | 'skip';
  /** The test files, in order; `module` is what to load. */
  readonly tests: readonly { readonly path: string; readonly module: string }[];
}
