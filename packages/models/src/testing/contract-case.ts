/**
 * One promise of a port, as a test of any runner: `for (const { name, run } of suite) it(name, run)`.
 */
export interface ContractCase {
  readonly name: string;
  /** Rejects when the promise is broken. */
  readonly run: () => Promise<void>;
}
