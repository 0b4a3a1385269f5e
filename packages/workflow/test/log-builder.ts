import { codingEvents, type Event, type NewEvent } from '@org/events';
import { stepEventId } from '../src/decide/step-id.ts';
import { evolve } from '../src/state/evolve.ts';
import { initialWorkflowState, type WorkflowState } from '../src/state/workflow-state.ts';
import type { OutcomeEvent } from '../src/steps/step-context.ts';

/** One task's log made by hand: envelopes as a store would write them, payloads through their schemas. */
export class LogBuilder {
  readonly taskId: string;
  readonly events: Event[] = [];
  state: WorkflowState = initialWorkflowState;

  constructor(taskId = 'task-1') {
    this.taskId = taskId;
  }

  add(event: OutcomeEvent | NewEvent, causationId: string | null = null): Event {
    const sequence = this.events.length + 1;
    const stored = {
      eventId: event.eventId ?? stepEventId(this.taskId, String(sequence)),
      taskId: this.taskId,
      eventType: event.eventType,
      timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, sequence)).toISOString(),
      sequence,
      version: sequence,
      codeVersion: event.codeVersion ?? this.state.task.codeVersion,
      codeHash: event.codeHash ?? this.state.task.codeHash,
      vectorClock: { workflow: sequence },
      causationId: event.causationId ?? causationId,
      correlationId: this.taskId,
      schemaVersion: 1,
      data: schemaOf(event.eventType).parse(event.data),
      // The payload has just been through the schema of its own type.
    } as Event;
    this.events.push(stored);
    this.state = evolve(this.state, stored);
    return stored;
  }
}

function schemaOf(type: NewEvent['eventType']) {
  const definition = codingEvents.definitions[type];
  return definition;
}
