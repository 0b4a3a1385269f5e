import { OrchestratorError } from './orchestrator-error.ts';
import { show } from './show.ts';

/** The value is no priority. */
export class InvalidPriorityError extends OrchestratorError {
  readonly value: unknown;

  constructor(value: unknown, names: readonly string[]) {
    super(
      'INVALID_PRIORITY',
      `Invalid priority ${show(value)}: expected one of ${names.join(', ')}, or a whole number from 0 to 100`,
    );
    this.value = value;
  }
}

/** A field of the task makes no sense. */
export class InvalidTaskError extends OrchestratorError {
  readonly field: string;
  readonly value: unknown;

  constructor(field: string, value: unknown, expected: string) {
    super('INVALID_TASK', `Invalid task: ${field} is ${show(value)}, expected ${expected}`);
    this.field = field;
    this.value = value;
  }
}

/** An option of the orchestrator or of one of its methods makes no sense. */
export class InvalidOptionError extends OrchestratorError {
  readonly option: string;
  readonly value: unknown;

  constructor(option: string, value: unknown, expected: string) {
    super('INVALID_OPTION', `Invalid option: ${option} is ${show(value)}, expected ${expected}`);
    this.option = option;
    this.value = value;
  }
}

/** No handler is registered for the task's kind. */
export class UnknownKindError extends OrchestratorError {
  readonly kind: string;

  constructor(kind: string, known: readonly string[]) {
    super(
      'UNKNOWN_KIND',
      `No handler is registered for kind "${kind}" (registered: ${known.join(', ') || 'none'})`,
    );
    this.kind = kind;
  }
}
