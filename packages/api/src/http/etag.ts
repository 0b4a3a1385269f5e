import { invalidField } from './http-problem.ts';

/** A strong ETag of a task's version: `"12"`. */
export function versionTag(version: number): string {
  return `"${version}"`;
}

/** Whether the client has this version already, by If-None-Match (compared weakly, RFC 9110 § 13.1.2). */
export function isFresh(ifNoneMatch: string | undefined, version: number): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(versionTag(version));
}

/**
 * The version that a change is bound to by If-Match; undefined: to none.
 *
 * @throws HttpProblem validation, for anything but `*` or one strong ETag of ours
 */
export function boundVersion(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const version = /^\s*"(\d{1,15})"\s*$/.exec(ifMatch)?.[1];
  if (version === undefined) throw invalidField('If-Match', 'must be one strong ETag of the task');
  return Number(version);
}
