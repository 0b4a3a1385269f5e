import type { ParseArgsOptionsConfig } from 'node:util';
import type { ExitCode } from './exit-code.ts';

/** What a command reads and writes, apart from the store. */
export interface Terminal {
  readonly stdin: AsyncIterable<string | Uint8Array>;
  /** Results; resolves when there is room for more. */
  print(text: string): Promise<void>;
  /** What is said to a human beside the results (standard error). */
  note(text: string): void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface CommandInput {
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly terminal: Terminal;
}

/** One command of `org-events`. */
export interface Command {
  readonly name: string;
  /** Positionals by name, as help shows them. */
  readonly takes: readonly string[];
  readonly summary: string;
  /** What else its help says, line by line. */
  readonly about?: readonly string[];
  /** Each option's help, after its flag and value. */
  readonly help: readonly (readonly [flag: string, meaning: string])[];
  readonly options: ParseArgsOptionsConfig;
  run(input: CommandInput): Promise<ExitCode>;
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A path is not what it has to be; the message says what to do. */
export class PathError extends Error {
  override readonly name = 'PathError';
}

/** What was to be read in cannot be; the message says why. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** A string option, or undefined. */
export function text(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** An option that counts something: an integer from 0. */
export function count(input: CommandInput, name: string, whenMissing: number): number {
  const given = text(input, name);
  if (given === undefined) return whenMissing;
  const value = Number(given);
  if (/^\d+$/.test(given) && Number.isSafeInteger(value)) return value;
  throw new UsageError(`--${name} must be a whole number, not "${given}"`);
}

/** The n-th positional, which `takes` has promised. */
export function positional(input: CommandInput, index: number): string {
  const value = input.positionals[index];
  if (value === undefined) throw new UsageError('Too few arguments');
  return value;
}
