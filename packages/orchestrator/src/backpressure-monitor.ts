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
