import type { z } from 'zod';
import type { CodeFile } from './code-block.ts';

interface SignatureBase<Input, Output> {
  /** Names it in errors, logs and recordings. */
  readonly name: string;
  /** What the model has to do, in the imperative. */
  readonly instructions: string;
  readonly input: z.ZodType<Input>;
  /** Gives the output without a model; used when the model gives none. Not called after an abort. */
  readonly fallback?: ((input: Input, cause: Error) => Output | Promise<Output>) | undefined;
}

/** A question whose answer is JSON of a given shape. */
export interface JsonSignature<Input, Output> extends SignatureBase<Input, Output> {
  readonly kind: 'json';
  readonly output: z.ZodType<Output>;
  /** The JSON schema sent as `format`: the plain part of `output` that small models' grammars take. */
  readonly format: Readonly<Record<string, unknown>>;
}

/** A question whose answer is one whole file of code, in one fenced block. */
export interface CodeSignature<Input> extends SignatureBase<Input, CodeFile> {
  readonly kind: 'code';
  /** Put after the opening fence, such as `typescript`. */
  readonly language: string;
}

/** A typed question to a model. */
export type Signature<Input, Output> =
  | JsonSignature<Input, Output>
  | (Output extends CodeFile ? CodeSignature<Input> : never);
