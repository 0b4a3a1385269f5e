import { causalSort } from './causal-sort.ts';
import { causalChain, readCausalChain } from './causality.ts';
import { VectorClock } from './vector-clock.ts';

/** What came first, and what is out of date. Timestamps never decide. */
export const EventOrdering = {
  checkReport,
  isReportValidForCurrentCode,
  causalChain,
  readCausalChain,
  causalSort,
};

/** What a report was made against; null: the reporter did not say. An event is one. */
export interface ReportedCode {
  readonly codeVersion: number | null;
  readonly codeHash: string | null;
  readonly vectorClock: VectorClock | null;
}

/** The code that a report is held against: the last code-bearing event of the report's module, or of the task. */
export interface CurrentCode {
  readonly codeVersion: number;
  readonly codeHash: string | null;
  readonly vectorClock: VectorClock;
  /** The latest version of the whole task. @default codeVersion */
  readonly taskCodeVersion?: number;
  /** Hash of that latest version. @default unknown, unless it is the module's own version */
  readonly taskCodeHash?: string | null;
}

export type ReportCheck =
  | { readonly valid: true; readonly reason: null }
  | { readonly valid: false; readonly reason: ReportRefusal };

/**
 * `older-version`: the module has newer code. `report-ahead-of-code`: there is no such version yet.
 * `other-hash`: the same version with other contents. `before-correction`: the reporter had not seen
 * the module's last change.
 */
export type ReportRefusal =
  | 'older-version'
  | 'report-ahead-of-code'
  | 'other-hash'
  | 'before-correction';

/**
 * Whether a report speaks of the code as it stands. Version, hash and clock must all agree.
 *
 * A hash missing on either side decides nothing, nor does a clock that is equal or concurrent.
 *
 * @throws InvalidVectorClockError
 */
export function checkReport(report: ReportedCode, current: CurrentCode): ReportCheck {
  const reason = refusal(report, current);
  return reason === null ? { valid: true, reason } : { valid: false, reason };
}

/** `checkReport` as a boolean. */
export function isReportValidForCurrentCode(report: ReportedCode, current: CurrentCode): boolean {
  return checkReport(report, current).valid;
}

function refusal(report: ReportedCode, current: CurrentCode): ReportRefusal | null {
  const { codeVersion, codeHash, vectorClock } = report;
  if (codeVersion !== null) {
    if (codeVersion < current.codeVersion) return 'older-version';
    if (codeVersion > (current.taskCodeVersion ?? current.codeVersion)) {
      return 'report-ahead-of-code';
    }
  }
  if (codeHash !== null) {
    const hashes = hashesOf(codeVersion, current);
    if (hashes.length > 0 && !hashes.includes(codeHash)) return 'other-hash';
  }
  if (vectorClock !== null && VectorClock.happensBefore(vectorClock, current.vectorClock)) {
    return 'before-correction';
  }
  return null;
}

/**
 * What the code of this version may hash to; empty: not known.
 *
 * A hash is that of a whole snapshot. Where another module has changed since this one did, the same
 * code of this module stands in snapshots with different hashes, and only like is held against like.
 */
function hashesOf(version: number | null, current: CurrentCode): readonly string[] {
  const isModuleVersion = version === null || version === current.codeVersion;
  const isTaskVersion = version === null || version === current.taskCodeVersion;
  return [
    isModuleVersion ? current.codeHash : null,
    isTaskVersion ? (current.taskCodeHash ?? null) : null,
  ].filter((hash) => hash !== null);
}
