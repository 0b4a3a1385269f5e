import type { Event, EventData, EventType } from '@org/events';

const start = Date.parse('2026-11-20T08:00:00.000Z');

/** Makes the events of one task one after another, as a store would have numbered them. */
export class CodingLog {
  readonly events: Event[] = [];
  readonly taskId: string;
  /** Time between two events. */
  readonly #stepMs: number;
  #codeVersion = 0;

  constructor(taskId = 'task-abc123', options: { readonly stepMs?: number } = {}) {
    this.taskId = taskId;
    this.#stepMs = options.stepMs ?? 60_000;
  }

  add<Type extends EventType>(
    eventType: Type,
    data: Partial<EventData<Type>>,
    envelope: Partial<Pick<Event, 'causationId' | 'vectorClock'>> = {},
  ): Event {
    const sequence = this.events.length + 1;
    if (eventType === 'CODE_GENERATED') this.#codeVersion++;
    const event = {
      eventId: `event-${sequence}`,
      eventType,
      taskId: this.taskId,
      timestamp: new Date(start + sequence * this.#stepMs).toISOString(),
      sequence,
      version: sequence,
      codeVersion: this.#codeVersion,
      codeHash: null,
      vectorClock: { main: sequence },
      causationId: null,
      correlationId: null,
      schemaVersion: 1,
      data,
      ...envelope,
    } as unknown as Event; // The tests give what the type at hand carries, or leave it out on purpose.
    this.events.push(event);
    return event;
  }

  code(path: string, content: string, envelope: Partial<Pick<Event, 'causationId'>> = {}): Event {
    const files = [{ path, content, hash: '' }];
    return this.add('CODE_GENERATED', { module: path, iteration: 1, files, calls: [] }, envelope);
  }

  run(module: string, results: Readonly<Record<string, 'passed' | 'failed'>>): Event {
    const outcomes = Object.entries(results);
    const passed = outcomes.filter(([, status]) => status === 'passed').length;
    const failed = outcomes.length - passed;
    const run = {
      module,
      passed,
      failed,
      total: outcomes.length,
      results: outcomes.map(([name, status]) => ({
        name,
        status,
        message: status === 'failed' ? `AssertionError in ${name}` : null,
        expected: status === 'failed' ? 'True' : null,
        actual: status === 'failed' ? 'False' : null,
        durationMs: 1,
      })),
      durationMs: 5,
      output: '',
    };
    if (failed === 0) return this.add('TEST_PASSED', run);
    const names = outcomes.filter(([, status]) => status === 'failed').map(([name]) => name);
    return this.add('TEST_FAILED', {
      ...run,
      failure: { kind: 'assertion', message: `${names[0]}: expected True, got False` },
      signature: names.toSorted().join('|'),
    });
  }
}

export const validators = `"""Checks what people type."""
import re
import phonenumbers

def validate_email(email: str) -> bool:
    """Tells whether an address is well formed."""
    return re.match(r".+@.+", email) is not None

def validate_phone(phone: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(phone))
`;

export const tests = `from validators import validate_email, validate_phone

def test_email_valid():
    assert validate_email("a@b.c")

def test_phone_valid():
    assert validate_phone("+41446681800")
`;

/** The task of the specification's example, from its creation to its end. */
export function validatorTask(): CodingLog {
  const log = new CodingLog();
  log.add('TASK_CREATED', { prompt: 'Build email/phone validator module', language: 'python' });
  log.add('TASK_STARTED', { language: 'python', models: ['mistral:7b'] });
  log.add('PLANNING_COMPLETE', {
    modules: [
      { name: 'validators.py', purpose: 'Validates emails and phones.', dependsOn: [] },
      { name: 'forms.py', purpose: 'Forms with checked fields.', dependsOn: ['validators.py'] },
    ],
    questions: [],
  });
  log.add('MODULE_STARTED', { module: 'validators.py', purpose: '', dependsOn: [] });
  log.add('MODULE_ITERATION', { module: 'validators.py', iteration: 1, strategy: 'generate' });
  log.code('validators.py', validators.replace('.+@.+', '@'));
  log.add('TEST_STARTED', {
    module: 'validators.py',
    tests: [{ path: 'test_validators.py', hash: '', origin: 'given', content: tests }],
    expected: ['test_email_valid', 'test_phone_valid'],
    sandbox: { kind: 'none', node: '26.10.0', networkBlocked: true },
    calls: [],
  });
  log.run('validators.py', { test_email_valid: 'failed', test_phone_valid: 'passed' });
  log.add('CORRECTION_STARTED', { module: 'validators.py', fromVersion: 1, reason: 'test-failed' });
  log.add('MODULE_ITERATION', { module: 'validators.py', iteration: 2, strategy: 'correct' });
  log.code('validators.py', validators);
  log.add('CORRECTION_COMPLETED', { module: 'validators.py', fromVersion: 1 });
  log.run('validators.py', { test_email_valid: 'passed', test_phone_valid: 'passed' });
  log.add('MODULE_COMPLETE', {
    module: 'validators.py',
    outcome: 'passed',
    iterations: 2,
    reason: null,
    summary: 'Email and phone validation on re and phonenumbers.',
  });
  log.code(
    'forms.py',
    'from validators import validate_email\n\ndef clean(form):\n    return validate_email(form["email"])\n',
  );
  log.add('USER_INTERVENTION', { kind: 'guidance', text: 'Also accept plus signs.' });
  log.add('BUG_REPORT_RECEIVED', {
    description: 'Umlauts are refused.',
    module: 'validators.py',
    accepted: true,
    against: { codeVersion: null, codeHash: null, vectorClock: null },
  });
  log.add('DEAD_CODE_ANALYSIS', {
    findings: [{ module: 'validators.py', name: 'validate_phone', kind: 'function', line: 9 }],
  });
  log.add('TASK_COMPLETE', {
    summary: 'Done.',
    files: ['validators.py', 'forms.py'],
    tests: { passed: 2, total: 2 },
  });
  return log;
}
