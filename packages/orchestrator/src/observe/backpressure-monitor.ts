import { InvalidOptionError } from '../errors/bad-input.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { type DeadlineEntry, Deadlines, unset } from '../time/deadlines.ts';
import { Emitter, throwLater } from './emitter.ts';

export type BackpressureLevel = 'ok' | 'warning' | 'critical' | 'unavailable';

/** One change of level that someone should know of. */
export interface BackpressureAlert {
  readonly level: BackpressureLevel;
  readonly previous: BackpressureLevel;
  /** Share of the capacity that is in use; NaN while the source is unavailable. */
  readonly utilisation: number;
  /** Why the source is unavailable. */
  readonly error?: unknown;
}

export interface BackpressureOptions {
  /** Share of the capacity from which on it is `warning`. @default 0.8 */
  readonly warnAt?: number;
  /** Share from which on it is `critical`. @default 1 */
  readonly criticalAt?: number;
  /** Share below which it is `ok` again. @default 0.7 */
  readonly clearBelow?: number;
  /** At most one alert per level in this time, in ms. @default 1_000 */
  readonly minIntervalMs?: number;
}

/** Anything with figures. */
export interface BackpressureSource {
  stats(): { readonly utilisation: number };
}

export interface BackpressureMonitorOptions extends BackpressureOptions {
  /** Called with what a listener threw. @default thrown again on its own, as `EventTarget` does */
  readonly onListenerError?: (error: unknown) => void;
  readonly clock?: Clock;
}

/**
 * Says when a queue fills up and when it has drained, without chattering.
 *
 * Its owner calls `check()` after each change; it never polls. It rises to `warning` and `critical`
 * as soon as their shares are reached, and clears only below `clearBelow`, at once. Each rise is one
 * alert, at most one per level in `minIntervalMs`: a rise that comes sooner is told when that time is
 * over, if it still holds then. A source that throws, or has no number to give, is `unavailable`:
 * told once, until it answers again.
 */
export class BackpressureMonitor {
  readonly #source: BackpressureSource;
  readonly #warnAt: number;
  readonly #criticalAt: number;
  readonly #clearBelow: number;
  readonly #minIntervalMs: number;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #emitter: Emitter<{ alert: BackpressureAlert }>;
  readonly #raisedAt = new Map<BackpressureLevel, number>();
  readonly #later: DeadlineEntry;
  #level: BackpressureLevel = 'ok';
  #closed = false;

  /** @throws InvalidOptionError unless 0 < clearBelow <= warnAt <= criticalAt */
  constructor(source: BackpressureSource, options: BackpressureMonitorOptions = {}) {
    this.#source = source;
    this.#warnAt = options.warnAt ?? 0.8;
    this.#criticalAt = options.criticalAt ?? 1;
    this.#clearBelow = options.clearBelow ?? 0.7;
    this.#minIntervalMs = options.minIntervalMs ?? 1_000;
    this.#clock = options.clock ?? systemClock;
    if (!(this.#clearBelow > 0 && this.#clearBelow <= this.#warnAt)) {
      throw new InvalidOptionError('clearBelow', this.#clearBelow, 'a share above 0, up to warnAt');
    }
    if (!(this.#warnAt <= this.#criticalAt)) {
      throw new InvalidOptionError('warnAt', this.#warnAt, 'a share up to criticalAt');
    }
    if (!(this.#minIntervalMs >= 0)) {
      throw new InvalidOptionError('minIntervalMs', this.#minIntervalMs, 'milliseconds, 0 or more');
    }
    this.#deadlines = new Deadlines(this.#clock);
    this.#emitter = new Emitter(options.onListenerError ?? throwLater);
    this.#later = { ...unset, onDeadline: () => this.check() };
  }

  /** The level as told. `warning` lasts down to `clearBelow`, `critical` down to `warnAt`. */
  get level(): BackpressureLevel {
    return this.#level;
  }

  /** Calls the listener with each alert; gives the function that stops it. */
  on(name: 'alert', listener: (alert: BackpressureAlert) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Looks at the source. Never throws. */
  check(): void {
    if (this.#closed) return;
    let utilisation: number;
    try {
      utilisation = this.#source.stats().utilisation;
      if (typeof utilisation !== 'number' || Number.isNaN(utilisation)) {
        throw new TypeError('stats().utilisation is no number');
      }
    } catch (error) {
      if (this.#level !== 'unavailable') this.#raise('unavailable', Number.NaN, error);
      return;
    }
    this.observe(utilisation);
  }

  /** As `check`, for a source that already knows its utilisation. */
  observe(utilisation: number): void {
    const waitsToRaise = this.#later.heapIndex !== -1;
    if (this.#closed || (this.#level === 'ok' && utilisation < this.#warnAt && !waitsToRaise))
      return;
    if (utilisation >= this.#criticalAt) {
      if (this.#level !== 'critical') this.#raise('critical', utilisation);
    } else if (utilisation >= this.#warnAt) {
      if (this.#level === 'ok' || this.#level === 'unavailable')
        this.#raise('warning', utilisation);
      else this.#forgetLater();
    } else {
      this.#fall(utilisation);
    }
  }

  /** Tells nothing any more. */
  close(): void {
    this.#closed = true;
    this.#forgetLater();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #raise(level: BackpressureLevel, utilisation: number, error?: unknown): void {
    const earliest = (this.#raisedAt.get(level) ?? Number.NEGATIVE_INFINITY) + this.#minIntervalMs;
    if (this.#clock.now() < earliest) {
      this.#deadlines.set(this.#later, earliest);
      return;
    }
    this.#raisedAt.set(level, this.#clock.now());
    this.#tell(level, utilisation, error);
  }

  /** Below `warnAt`: what waited to be raised is over; critical falls silently, only `ok` is news. */
  #fall(utilisation: number): void {
    this.#forgetLater();
    if (this.#level === 'ok') return;
    if (utilisation < this.#clearBelow || this.#level === 'unavailable')
      this.#tell('ok', utilisation);
    else this.#level = 'warning';
  }

  #forgetLater(): void {
    this.#deadlines.clear(this.#later);
    this.#deadlines.rest();
  }

  #tell(level: BackpressureLevel, utilisation: number, error?: unknown): void {
    this.#forgetLater();
    const previous = this.#level;
    this.#level = level;
    const alert = { level, previous, utilisation };
    this.#emitter.emit('alert', error === undefined ? alert : { ...alert, error });
  }
}
