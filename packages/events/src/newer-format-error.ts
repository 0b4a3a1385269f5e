import { EventsError } from './events-error.ts';

/** What is stored is whole, but was written by a newer version of this package. Use that version, or a newer one. */
export class NewerFormatError extends EventsError {
  readonly code = 'NEWER_FORMAT';
  /** The first event that cannot be read for it. */
  readonly sequence: number;
  readonly format: number;
  /** The newest format that this version reads. */
  readonly known: number;

  constructor(data: {
    readonly sequence: number;
    readonly what: string;
    readonly format: number;
    readonly known: number;
  }) {
    super(
      `Event ${data.sequence}: ${data.what} has format ${data.format}, written by a newer version of @org/events; this one reads formats up to ${data.known}`,
    );
    this.sequence = data.sequence;
    this.format = data.format;
    this.known = data.known;
  }
}
