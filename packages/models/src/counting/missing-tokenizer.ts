import { InvalidRequestError } from '../errors.ts';

/** Says which optional package an exact counter needs. */
export function missingTokenizer(name: string, cause: unknown): InvalidRequestError {
  return new InvalidRequestError({
    field: 'tokenizer',
    detail: `an exact counter needs the package ${name}. Run: npm install ${name}`,
    cause,
  });
}
