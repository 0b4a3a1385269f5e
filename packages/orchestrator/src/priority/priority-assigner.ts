import { type PriorityInput, parsePriority, TaskPriority } from './priority.ts';

/** Any event that says its type as a plain string. */
export interface TypedEvent {
  readonly eventType?: string | null | undefined;
}

/** Priorities by event type; types that are not in it are BACKGROUND. */
export type EventPriorities = Readonly<Record<string, PriorityInput>>;

/** The default map: the events of a coding task. */
export const codingEventPriorities = {
  USER_INTERVENTION: TaskPriority.CRITICAL,
  BUG_REPORT_RECEIVED: TaskPriority.HIGH,
  CODE_GENERATION: TaskPriority.HIGH,
  CODE_GENERATED: TaskPriority.HIGH,
  CORRECTION_STARTED: TaskPriority.HIGH,
  CORRECTION_COMPLETED: TaskPriority.HIGH,
  TASK_CREATED: TaskPriority.MEDIUM,
  TASK_STARTED: TaskPriority.MEDIUM,
  PLANNING_COMPLETE: TaskPriority.MEDIUM,
  MODULE_STARTED: TaskPriority.MEDIUM,
  MODULE_ITERATION: TaskPriority.MEDIUM,
  MODULE_COMPLETE: TaskPriority.MEDIUM,
  TEST_STARTED: TaskPriority.MEDIUM,
  TEST_PASSED: TaskPriority.MEDIUM,
  TEST_FAILED: TaskPriority.MEDIUM,
  DEAD_CODE_ANALYSIS: TaskPriority.LOW,
  TASK_COMPLETE: TaskPriority.BACKGROUND,
  TASK_FAILED: TaskPriority.BACKGROUND,
  TASK_CANCELLED: TaskPriority.BACKGROUND,
} as const satisfies EventPriorities;

/**
 * Gives the work that an event asks for its priority, by the event's type.
 * The map is checked when the assigner is made.
 */
export class TaskPriorityAssigner {
  readonly #priorities: ReadonlyMap<string, number>;

  /**
   * @param priorities replaces the default map (spread `codingEventPriorities` to extend it).
   * @throws InvalidPriorityError if the map holds something that is no priority.
   */
  constructor(priorities: EventPriorities = codingEventPriorities) {
    this.#priorities = new Map(
      Object.entries(priorities).map(([type, priority]) => [type, parsePriority(priority)]),
    );
  }

  /** Never throws: an unknown type, no event, or an event without a type is BACKGROUND. */
  assignPriority(event: TypedEvent | null | undefined): number {
    const type = event?.eventType;
    return (
      (typeof type === 'string' ? this.#priorities.get(type) : undefined) ?? TaskPriority.BACKGROUND
    );
  }
}

const codingEvents = new TaskPriorityAssigner();

/** The priority of the work that a coding event asks for; see {@link codingEventPriorities}. */
export function assignPriority(event: TypedEvent | null | undefined): number {
  return codingEvents.assignPriority(event);
}
