import type { z } from 'zod';
import { answerSchema } from './answer-schema.ts';
import type { CodeFile } from './code-block.ts';

interface SignatureBase<Input, Output> {
  /** Names it in errors, logs and recordings. */
  readonly name: string;
  /** What the model has to do, in the imperative. */
  readonly instructions: string;
  readonly input: z.ZodType<Input>;
  /** Gives the output without a model, when the model gives none. Not called after an abort. */
  readonly fallback?: ((input: Input, cause: Error) => Output | Promise<Output>) | undefined;
}

/** A question whose answer is JSON of a given shape. */
export interface JsonSignature<Input, Output> extends SignatureBase<Input, Output> {
  readonly kind: 'json';
  readonly output: z.ZodType<Output>;
  /** The JSON schema sent as `format`: the plain part of `output` that grammars of local models take. */
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
  | CodeFileSignature<Input, Output>;

type CodeFileSignature<Input, Output> = [CodeFile] extends [Output] ? CodeSignature<Input> : never;

/**
 * A question whose answer is JSON. Fields are written by the model in the order of `output`: put
 * those that need thought last.
 *
 * @throws InvalidRequestError when `output` is no object, or refers to itself
 */
export function defineSignature<Input, Output>(
  definition: Omit<JsonSignature<Input, Output>, 'kind' | 'format'>,
): JsonSignature<Input, Output> {
  const format = Object.freeze(answerSchema(definition.output, definition.name));
  return Object.freeze({ ...definition, kind: 'json', format });
}

/** A question whose answer is one whole file of code. Code is never wrapped in JSON: models write it worse there. */
export function defineCodeSignature<Input>(
  definition: Omit<CodeSignature<Input>, 'kind'>,
): CodeSignature<Input> {
  return Object.freeze({ ...definition, kind: 'code' });
}
