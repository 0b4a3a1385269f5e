/** One whole file of code, taken out of an answer. */
export interface CodeFile {
  /** Ends with a newline. */
  readonly code: string;
  /** What the model wrote after the opening fence; null when it wrote nothing. */
  readonly language: string | null;
  /** The file name the model gave; null when it gave none. Not to be trusted: the caller knows the name. */
  readonly name: string | null;
}
