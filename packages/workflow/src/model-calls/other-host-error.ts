/** The step holds the turn of one host, and its prompt goes to a model of another. Nothing was asked. */
export class OtherHostError extends Error {
  readonly code = 'OTHER_HOST';
  /** Whose turn the step has to wait for. */
  readonly host: string;

  constructor(host: string) {
    super(`the model for this prompt is asked at ${host}`);
    this.name = 'OtherHostError';
    this.host = host;
  }
}
