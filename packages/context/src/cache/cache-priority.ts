import { InvalidContextRequestError } from '../errors/request-errors.ts';

/** Highest first. */
export const cachePriorities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND'] as const;
export type CachePriority = (typeof cachePriorities)[number];

/** The rank of BACKGROUND. */
export const lowest = cachePriorities.length - 1;

/** Its place among the priorities, from 0. A switch, because it is quicker than a table of names. */
export function rankOf(priority: CachePriority = 'MEDIUM'): number {
  switch (priority) {
    case 'CRITICAL':
      return 0;
    case 'HIGH':
      return 1;
    case 'MEDIUM':
      return 2;
    case 'LOW':
      return 3;
    case 'BACKGROUND':
      return 4;
    default:
      throw new InvalidContextRequestError(`unknown priority ${String(priority)}`);
  }
}
