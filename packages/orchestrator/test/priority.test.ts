import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assignPriority,
  codingEventPriorities,
  InvalidPriorityError,
  isOrchestratorError,
  parsePriority,
  priorityName,
  shouldPreempt,
  TaskOrchestrator,
  TaskPriority,
  TaskPriorityAssigner,
  taskPriorityNames,
} from '../src/index.ts';

describe('priorities', () => {
  it('are five named numbers, lower is more urgent', () => {
    expect(TaskPriority).toEqual({ CRITICAL: 0, HIGH: 10, MEDIUM: 20, LOW: 30, BACKGROUND: 40 });
  });

  it('parse from their names in any case', () => {
    for (const name of taskPriorityNames) {
      expect(parsePriority(name)).toBe(TaskPriority[name]);
      expect(parsePriority(name.toLowerCase())).toBe(TaskPriority[name]);
    }
    expect(parsePriority('cRiTiCaL')).toBe(0);
  });

  it('parse from any whole number from 0 to 100', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (value) => parsePriority(value) === value),
    );
  });

  it('refuse "INVALID", listing the names', () => {
    expect(() => parsePriority('INVALID')).toThrow(
      'Invalid priority "INVALID": expected one of CRITICAL, HIGH, MEDIUM, LOW, BACKGROUND',
    );
  });

  it.each([-1, 101, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuse %s, naming the value',
    (value) => {
      const refuse = () => parsePriority(value);
      expect(refuse).toThrow(InvalidPriorityError);
      expect(refuse).toThrow(String(value));
      expect(() => new TaskOrchestrator().submit({ priority: value, run: () => 1 })).toThrow(
        String(value),
      );
    },
  );

  it.each([undefined, null, {}, [], true, '', '10', 'toString', '__proto__'])(
    'refuse %s',
    (value) => {
      expect(() => parsePriority(value)).toThrow(InvalidPriorityError);
    },
  );

  it('in between belong to the level above', () => {
    expect([0, 9, 10, 15, 29, 39, 40, 100].map(priorityName)).toEqual([
      'CRITICAL',
      'CRITICAL',
      'HIGH',
      'HIGH',
      'MEDIUM',
      'LOW',
      'BACKGROUND',
      'BACKGROUND',
    ]);
  });
});

describe('assignPriority', () => {
  it('gate 2.7: USER_INTERVENTION → CRITICAL (0), CODE_GENERATION → HIGH (10), DEAD_CODE_ANALYSIS → LOW (30)', () => {
    expect(assignPriority({ eventType: 'USER_INTERVENTION' })).toBe(0);
    expect(assignPriority({ eventType: 'CODE_GENERATION' })).toBe(10);
    expect(assignPriority({ eventType: 'DEAD_CODE_ANALYSIS' })).toBe(30);
  });

  it('names all 18 coding types', () => {
    const expected = {
      TASK_CREATED: 20,
      TASK_STARTED: 20,
      PLANNING_COMPLETE: 20,
      MODULE_STARTED: 20,
      MODULE_ITERATION: 20,
      MODULE_COMPLETE: 20,
      CODE_GENERATED: 10,
      TEST_STARTED: 20,
      TEST_PASSED: 20,
      TEST_FAILED: 20,
      CORRECTION_STARTED: 10,
      CORRECTION_COMPLETED: 10,
      BUG_REPORT_RECEIVED: 10,
      USER_INTERVENTION: 0,
      DEAD_CODE_ANALYSIS: 30,
      TASK_COMPLETE: 40,
      TASK_FAILED: 40,
      TASK_CANCELLED: 40,
    };
    expect(Object.keys(expected)).toHaveLength(18);
    for (const [eventType, priority] of Object.entries(expected)) {
      expect([eventType, assignPriority({ eventType })]).toEqual([eventType, priority]);
      expect(Object.hasOwn(codingEventPriorities, eventType)).toBe(true);
    }
  });

  it('gives BACKGROUND for unknown types, no event, and an event without a type', () => {
    for (const eventType of ['NEW_TYPE', '', '__proto__', 'constructor']) {
      expect(assignPriority({ eventType })).toBe(40);
    }
    expect(assignPriority(undefined)).toBe(40);
    expect(assignPriority(null)).toBe(40);
    expect(assignPriority({})).toBe(40);
    expect(assignPriority({ eventType: null })).toBe(40);
  });

  it('takes another map in place of the default', () => {
    const assigner = new TaskPriorityAssigner({ PAYMENT: 'CRITICAL', REPORT: 35 });
    expect(assigner.assignPriority({ eventType: 'PAYMENT' })).toBe(0);
    expect(assigner.assignPriority({ eventType: 'REPORT' })).toBe(35);
    expect(assigner.assignPriority({ eventType: 'USER_INTERVENTION' })).toBe(40);
    expect(() => new TaskPriorityAssigner({ PAYMENT: -1 })).toThrow(InvalidPriorityError);
  });
});

describe('shouldPreempt', () => {
  it('gate 2.8: CRITICAL may preempt MEDIUM; HIGH may not', () => {
    expect(shouldPreempt('CRITICAL', 'MEDIUM')).toBe(true);
    expect(shouldPreempt(TaskPriority.HIGH, TaskPriority.MEDIUM)).toBe(false);
  });

  it('is true exactly from a distance of 20 on', () => {
    const priority = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(priority, priority, (incoming, running) => {
        expect(shouldPreempt(incoming, running)).toBe(running - incoming >= 20);
      }),
    );
  });

  it('refuses what is no priority', () => {
    expect(() => shouldPreempt(-1, 20)).toThrow(InvalidPriorityError);
    expect(() => shouldPreempt(0, Number.NaN)).toThrow(InvalidPriorityError);
  });
});

describe('errors', () => {
  it('are recognised by their mark, not by their class', () => {
    const copy = Object.assign(new Error('from another copy'), {
      code: 'QUEUE_FULL',
      [Symbol.for('@org/orchestrator/error')]: true,
    });
    expect(isOrchestratorError(copy)).toBe(true);
    expect(isOrchestratorError(copy, 'QUEUE_FULL')).toBe(true);
    expect(isOrchestratorError(copy, 'SHUTDOWN')).toBe(false);
    expect(isOrchestratorError(Object.assign(new Error('x'), { code: 'QUEUE_FULL' }))).toBe(false);
    expect(isOrchestratorError(undefined)).toBe(false);
  });
});
