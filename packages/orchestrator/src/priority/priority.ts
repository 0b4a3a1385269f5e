import { InvalidPriorityError } from '../errors/bad-input.ts';

/**
 * How urgent a task is: a lower number runs first; first in, first out within one number.
 * Any whole number from 0 to 100 is a priority; these five have names.
 */
export const TaskPriority = {
  CRITICAL: 0,
  HIGH: 10,
  MEDIUM: 20,
  LOW: 30,
  BACKGROUND: 40,
} as const;

export type TaskPriorityName = keyof typeof TaskPriority;
export type TaskPriority = (typeof TaskPriority)[TaskPriorityName];

/** What a task may give as its priority: a name in any case, or a whole number from 0 to 100. */
export type PriorityInput = TaskPriorityName | Lowercase<TaskPriorityName> | number;

/** The five names, most urgent first. */
export const taskPriorityNames: readonly TaskPriorityName[] = [
  'CRITICAL',
  'HIGH',
  'MEDIUM',
  'LOW',
  'BACKGROUND',
];

/** The least urgent number that is still a priority. */
export const lowestPriority = 100;

/**
 * Turns a name in any case, or a number, into a priority.
 * @throws InvalidPriorityError for an unknown name (it lists the names), and for a number that is
 * negative, above 100, fractional or NaN (it names the value).
 */
export function parsePriority(value: TaskPriorityName): TaskPriority;
export function parsePriority(value: unknown): number;
export function parsePriority(value: unknown): number {
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0 && value <= lowestPriority) return value;
  } else if (typeof value === 'string') {
    const name = value.toUpperCase();
    if (isPriorityName(name)) return TaskPriority[name];
  }
  throw new InvalidPriorityError(value, taskPriorityNames);
}

function isPriorityName(name: string): name is TaskPriorityName {
  return Object.hasOwn(TaskPriority, name);
}

/** The named level that a priority belongs to: 0–9 is CRITICAL, 10–19 HIGH, … from 40 on BACKGROUND. */
export function priorityName(priority: number): TaskPriorityName {
  return taskPriorityNames[Math.min(4, Math.floor(priority / 10))] ?? 'BACKGROUND';
}

/** By how much an incoming task must be more urgent than a running one to take its slot. */
export const preemptionDistance = 20;

/**
 * Whether a task of priority `incoming` may take the slot of a running one: only if it is more
 * urgent by at least 20. CRITICAL preempts MEDIUM; HIGH does not.
 * @throws InvalidPriorityError if either is no priority.
 */
export function shouldPreempt(incoming: PriorityInput, running: PriorityInput): boolean {
  return parsePriority(running) - parsePriority(incoming) >= preemptionDistance;
}
