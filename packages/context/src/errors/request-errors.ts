import { ContextError } from './context-error.ts';

/** What may not be cut fits no configured model. Fix: configure a larger model, or shorten the input. */
export class ContextOverflowError extends ContextError {
  readonly code = 'CONTEXT_OVERFLOW';
  /** The largest model that was tried. */
  readonly model: string;
  /** Its whole window, in tokens. */
  readonly window: number;
  /** Tokens that the prompt needs at least, margin included. */
  readonly required: number;
  /** Tokens that a prompt may take of that window. */
  readonly limit: number;
  /** The parts that may not be cut, largest first. */
  readonly parts: readonly { readonly ref: string; readonly tokens: number }[];

  constructor(data: {
    readonly model: string;
    readonly window: number;
    readonly required: number;
    readonly limit: number;
    readonly parts: readonly { readonly ref: string; readonly tokens: number }[];
  }) {
    const largest = data.parts[0];
    const most = largest === undefined ? '' : `; most of it: ${largest.ref} (${largest.tokens})`;
    super(
      `The prompt needs ${data.required} tokens and ${data.model}, the largest model there is, takes ${data.limit} of its ${data.window}${most}. Configure a larger model, or shorten the input.`,
    );
    this.model = data.model;
    this.window = data.window;
    this.required = data.required;
    this.limit = data.limit;
    this.parts = data.parts;
  }
}

/** A model was asked for by an id that is not configured. Fix the id. */
export class UnknownModelError extends ContextError {
  readonly code = 'UNKNOWN_MODEL';
  readonly model: string;
  readonly known: readonly string[];

  constructor(data: { readonly model: string; readonly known: readonly string[] }) {
    super(`No model "${data.model}" is configured; there are ${data.known.join(', ')}.`);
    this.model = data.model;
    this.known = data.known;
  }
}

/** A recorded call lacks what its prompt was made of: an event, a stored text, its request. Give up. */
export class NotRebuildableError extends ContextError {
  readonly code = 'NOT_REBUILDABLE';
  readonly callId: string;
  /** What is missing, such as `event:0190…` or `external:ab12…`. */
  readonly missing: string;

  constructor(data: { readonly callId: string; readonly missing: string }) {
    super(`The prompt of call ${data.callId} cannot be written again: ${data.missing} is missing.`);
    this.callId = data.callId;
    this.missing = data.missing;
  }
}

/** The prompt written again is not the one that was sent. Another builder version wrote it, or the log was altered. */
export class PromptMismatchError extends ContextError {
  readonly code = 'PROMPT_MISMATCH';
  readonly callId: string;
  readonly expected: string;
  readonly actual: string;
  /** Of the recorded call; equal to this build's unless that is the reason. */
  readonly builderVersion: string;

  constructor(data: {
    readonly callId: string;
    readonly expected: string;
    readonly actual: string;
    readonly builderVersion: string;
  }) {
    super(
      `The prompt of call ${data.callId} hashes to ${data.actual}, not to the recorded ${data.expected} (written by builder ${data.builderVersion}).`,
    );
    this.callId = data.callId;
    this.expected = data.expected;
    this.actual = data.actual;
    this.builderVersion = data.builderVersion;
  }
}

/** An option or a request makes no sense. Fix the caller. */
export class InvalidContextRequestError extends ContextError {
  readonly code = 'INVALID_REQUEST';
}

/** What was given for import is no export of a cache, or of another format. Give up, or rebuild from the log. */
export class InvalidExportError extends ContextError {
  readonly code = 'INVALID_EXPORT';

  constructor(data: { readonly cause: unknown }) {
    super('This is not an export of a cache.', data);
  }
}
