import { estimatingCounter } from '@org/models';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Focus,
  HierarchicalContextBuilder,
  loadCodeParser,
  referencesIn,
  resolveReference,
  type StateSources,
  stateSources,
  type TaskView,
  taskView,
} from '../../src/index.ts';
import { TaskLog } from '../task-log.ts';

const counter = estimatingCounter('mistral');
const builder = new HierarchicalContextBuilder({ tokens: counter });
const levels = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/** A task of 30 modules, each needing the former, the last one failing. */
function largeLog(): TaskLog {
  const names = Array.from({ length: 30 }, (_, index) => `part${index}.py`);
  const log = new TaskLog().plan(
    'Build a pipeline. It reads, checks and writes records.',
    names.map((name, index) => (index === 0 ? [name] : [name, names[index - 1] ?? ''])),
  );
  names.forEach((name, index) => {
    const functions = Array.from(
      { length: 8 },
      (_, n) =>
        `def step_${index}_${n}(record: dict, limit: int) -> dict:\n    """Does step ${n} of part ${index} to one record."""\n    return ${index > 0 && n === 0 ? `step_${index - 1}_0(record, limit)` : `{**record, "n": ${n} + limit}`}\n`,
    );
    const header =
      index > 0 ? `from part${index - 1} import step_${index - 1}_0\n\n` : 'import re\n\n';
    const failing = index === 29 ? ['test_29_1'] : [];
    log.start(name);
    if (index === 29)
      log.iterate(name, `${header}pass\n`, {
        tests: ['test_29_0', 'test_29_1'],
        failing: ['test_29_0', 'test_29_1'],
      });
    log.iterate(name, header + functions.join('\n\n'), {
      tests: [`test_${index}_0`, `test_${index}_1`],
      failing,
    });
    if (index < 29) log.add('MODULE_COMPLETE', { module: name, outcome: 'passed', iterations: 1 });
  });
  return log;
}

const correction: Focus = { purpose: 'correction', module: 'part29.py' };
const past = [
  { ref: 'task:old', kind: 'task', text: 'An earlier pipeline had its limits wrong.' },
] as const;

let view: TaskView;
let sources: StateSources;

beforeAll(async () => {
  await loadCodeParser();
  const log = largeLog();
  view = taskView(log.taskId, log.events);
  sources = stateSources(view, correction, past);
});

describe('HierarchicalContextBuilder', () => {
  it('gate 3.16: CRITICAL first, LOW last; budget 8 000 stops at 6 400; references are marked `[→ …]` and resolve', () => {
    const state = builder.build(sources, { budget: 8_000 });
    expect(state.tokens).toBe(counter.count(state.text));
    expect(state.tokens).toBeLessThanOrEqual(6_400);
    expect(state.tokens).toBeGreaterThan(6_000);
    const order = state.pieces.map(({ level }) => levels.indexOf(level));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order[0]).toBe(0);
    expect(new Set(order)).toEqual(new Set([0, 1, 2, 3]));
    const found = referencesIn(state.text);
    expect(state.text).toContain('[→ step_29_0]');
    expect(found.length).toBeGreaterThan(20);
    for (const label of found) expect(resolveReference(view.graph, label), label).not.toBeNull();
    expect(state.dropped.length).toBeGreaterThan(0);
  });

  it('puts into each level what belongs there', () => {
    const { pieces } = builder.build(sources, { budget: 40_000 });
    const at = (level: string) =>
      pieces.filter((piece) => piece.level === level).map(({ ref, form }) => `${ref} ${form}`);
    expect(at('CRITICAL').slice(0, 5)).toEqual([
      'task:task-abc123 level',
      'task:task-abc123 body',
      'module:part29.py level',
      'module:part29.py body',
      'module:part28.py interface',
    ]);
    expect(at('CRITICAL').at(-1)).toMatch(/^event:\d+ failure$/);
    expect(at('HIGH').filter((name) => name.endsWith('iteration'))).toHaveLength(2);
    expect(at('HIGH')).toContain('module:part28.py body');
    expect(at('HIGH').some((name) => /^func:step_\d+_\d body$/.test(name))).toBe(true);
    expect(at('MEDIUM')).toEqual(
      expect.arrayContaining([
        'file:test_part29.py body',
        'results:part29.py lines',
        'module:part20.py level',
        'lib:re summary',
      ]),
    );
    expect(at('LOW')).toEqual([
      expect.stringMatching(/^external:[0-9a-f]{64} text$/),
      'trail:part29.py lines',
    ]);
  });

  it('stops at 80 % of any budget, 0 included', () => {
    for (const budget of [0, 50, 200, 1_000, 3_000, 12_000]) {
      const state = builder.build(sources, { budget });
      expect(state.tokens).toBeLessThanOrEqual(0.8 * budget);
    }
  });

  it('what is CRITICAL and larger than the budget is cut in its middle, and marked', () => {
    const state = builder.build(sources, { budget: 500 });
    expect(state.truncated).toContain('module:part29.py');
    expect(state.text).toMatch(/### Code of part29\.py[\s\S]*\[… \d+ characters left out here …\]/);
    expect(state.broken.required).toEqual(['module:part29.py']);
  });

  it('lets what has to be whole pass the stop, up to the limit given for it', () => {
    const state = builder.build(sources, { budget: 500, requiredLimit: 3_000 });
    expect(state.broken.required).toEqual([]);
    expect(state.tokens).toBeGreaterThan(400);
    expect(state.tokens).toBeLessThanOrEqual(3_000);
  });

  it('what a slot leaves spills over: with no error the room goes to others', () => {
    const calm = stateSources(view, { purpose: 'code', module: 'part29.py' });
    const only = builder.build(calm, {
      budget: 4_000,
      slots: { task: 1, module: 1, related: 1, dependencies: 1, errors: 96, tests: 0 },
    });
    expect(only.tokens).toBeGreaterThan(0.9 * 0.8 * 4_000);
  });

  it('writes the levels as fixed', async () => {
    const log = new TaskLog().plan('Build email/phone validator module', [['validators.py']]);
    log
      .start('validators.py')
      .iterate(
        'validators.py',
        'import re\nimport phonenumbers\n\ndef validate_email(email: str) -> bool:\n    return re.match(".+@.+", email) is not None\n\ndef validate_phone(phone: str) -> bool:\n    return phonenumbers.parse(phone) is not None\n',
        { tests: ['test_email_valid', 'test_phone_valid'] },
      );
    const small = taskView(log.taskId, log.events);
    const of = (ref: string, form = 'level') =>
      stateSources(small, { purpose: 'summary', module: null }).textOf({ ref, form });
    expect(of('task:task-abc123')).toBe(
      '# Task task-abc123 [ID: task:task-abc123]\nStatus: running · Goal: Build email/phone validator module\nModules: [→ validators.py] · Success: 100% (2/2)',
    );
    expect(of('module:validators.py')).toBe(
      '## Module validators.py [ID: module:validators.py]\nPurpose: Holds validators.py. · Depends on: [→ phonenumbers], [→ re] · Functions: [→ validate_email], [→ validate_phone] · Tests: [→ test_validators.py] 2/2 · Status: running, v1\nFull code: storage://task-abc123/validators.py@1',
    );
    expect(of('func:validate_email')).toMatch(
      /^### Function validate_email \[ID: func:validate_email\]\nIn \[← validators\.py\] · Input: email: str · Output: bool · Depends on: \[→ re\]/,
    );
  });

  it('keeps a task level to 100 tokens, a module to 300, a function to 150, however much there is to say', () => {
    const endless = 'very '.repeat(400);
    const log = new TaskLog('task-of-many-words').plan(
      endless,
      Array.from(
        { length: 60 },
        (_, index) =>
          [
            `module_number_${index}.py`,
            ...Array.from({ length: Math.min(index, 20) }, (_, n) => `module_number_${n}.py`),
          ] as const,
      ),
    );
    const parameters = Array.from(
      { length: 60 },
      (_, index) => `parameter_${index}: dict[str, int]`,
    ).join(', ');
    log.iterate(
      'module_number_59.py',
      Array.from(
        { length: 80 },
        (_, index) =>
          `def function_number_${index}(${parameters}) -> str:\n    """${endless}"""\n    return function_number_${(index + 1) % 80}()\n`,
      ).join('\n'),
      { tests: Array.from({ length: 40 }, (_, index) => `test_number_${index}`) },
    );
    const many = taskView(log.taskId, log.events);
    const other = estimatingCounter('other');
    const of = (ref: string) =>
      stateSources(many, { purpose: 'summary', module: null }).textOf({ ref, form: 'level' }) ?? '';
    expect(other.count(of('task:task-of-many-words'))).toBeLessThanOrEqual(100);
    expect(other.count(of('module:module_number_59.py'))).toBeLessThanOrEqual(300);
    expect(other.count(of('func:function_number_3'))).toBeLessThanOrEqual(150);
    expect(of('task:task-of-many-words')).toMatch(
      /Modules: \[→ module_number_0\.py\].* and \d+ more/,
    );
  });

  it('keeps the modules in the level of a task whose id is a UUID, and never cuts a reference in two', () => {
    const id = 'task-033a66bc-0b30-4b26-9b51-34a86dcbc782';
    const log = new TaskLog(id).plan(
      'Write a module that adds up. And much more.',
      Array.from({ length: 9 }, (_, index) => [`a_rather_long_module_name_${index}.py`] as const),
    );
    const uuid = taskView(id, log.events);
    const text =
      stateSources(uuid, { purpose: 'summary', module: null }).textOf({
        ref: `task:${id}`,
        form: 'level',
      }) ?? '';
    expect(text).toContain(`# Task [ID: task:${id}]`);
    expect(text).toContain('Modules: [→ a_rather_long_module_name_0.py]');
    expect(text).not.toMatch(/\[[→←][^\]]*$/);
    expect(estimatingCounter('other').count(text)).toBeLessThanOrEqual(100);
  });

  it('tells of a past correction how it came out', () => {
    const log = new TaskLog().plan('Add up.', [['a.py']]);
    log.iterate('a.py', 'def add(a, b):\n    return a - b\n', {
      tests: ['test_add'],
      failing: ['test_add'],
    });
    log.add('CORRECTION_STARTED', { module: 'a.py', fromVersion: 1, reason: 'test-failed' });
    log.iterate('a.py', 'def add(a, b):\n    return a * b\n', {
      tests: ['test_add'],
      failing: ['test_add'],
    });
    log.add('CORRECTION_STARTED', { module: 'a.py', fromVersion: 2, reason: 'test-failed' });
    const { text } = builder.build(
      stateSources(taskView(log.taskId, log.events), { purpose: 'correction', module: 'a.py' }),
      { budget: 4_000 },
    );
    expect(text).toMatch(/- correction-\d+: Correction of a\.py v1 .* → tests failed/);
    expect(text.match(/^- correction-/gm)).toHaveLength(1);
  });

  it('shows where the code of other modules uses the one at hand', () => {
    const log = new TaskLog().plan('Send mail.', [
      ['mail.py'],
      ['app.py', 'mail.py'],
      ['other.py'],
    ]);
    log.iterate('mail.py', 'def send(to, text):\n    return to\n', {
      tests: ['test_send'],
      failing: ['test_send'],
    });
    log.iterate(
      'app.py',
      `from mail import send\n\ndef run():\n${'    work()\n'.repeat(30)}    send("a", "b")\n    rest()\n`,
      { tests: ['test_run'] },
    );
    log.iterate('other.py', 'def send_none():\n    pass\n', { tests: ['test_none'] });
    const { text, pieces } = builder.build(
      stateSources(taskView(log.taskId, log.events), { purpose: 'correction', module: 'mail.py' }),
      { budget: 4_000 },
    );
    expect(text).toContain(
      '### Where app.py uses mail.py\n```python\nfrom mail import send\n…\n    send("a", "b")\n…\n```',
    );
    expect(text).not.toContain('Where other.py');
    expect(pieces.find(({ form }) => form === 'uses mail.py')?.level).toBe('MEDIUM');
  });

  it('leaves the comments out of a dependency that does not fit with them', () => {
    const log = new TaskLog().plan('Add.', [['sum.py'], ['app.py', 'sum.py']]);
    const told = '# Adds, at some length, what it is given to what it has.\n'.repeat(40);
    log.iterate('sum.py', `${told}def add(a, b):\n    return a + b\n`, { tests: ['test_add'] });
    log.iterate('app.py', 'from sum import add\n\ndef run():\n    return add(1)\n', {
      tests: ['test_run'],
      failing: ['test_run'],
    });
    const of = (budget: number) =>
      builder
        .build(
          stateSources(taskView(log.taskId, log.events), {
            purpose: 'correction',
            module: 'app.py',
          }),
          { budget },
        )
        .pieces.find(({ ref, form }) => ref === 'module:sum.py' && /^(body|code)$/.test(form));
    expect(of(8_000)?.form).toBe('body');
    expect(of(900)?.form).toBe('code');
    expect(of(900)?.text).toMatch(/^### Code of sum\.py at v1, comments left out\n/);
    expect(of(900)?.text).toContain('return a + b');
    expect(of(900)?.text).not.toContain('at some length');
  });

  it('a missing target is skipped and a circle is broken', () => {
    const log = new TaskLog().plan('Circles.', [
      ['a.py', 'b.py'],
      ['b.py', 'c.py'],
      ['c.py', 'a.py', 'gone.py'],
    ]);
    log.iterate('a.py', 'from b import f\n\ndef g():\n    return f() + missing()\n', {
      tests: ['test_a'],
      failing: ['test_a'],
    });
    const circle = taskView(log.taskId, log.events);
    const state = builder.build(stateSources(circle, { purpose: 'correction', module: 'a.py' }), {
      budget: 4_000,
    });
    expect(state.pieces.map(({ ref, form }) => `${ref} ${form}`)).toEqual([
      ...new Set(state.pieces.map(({ ref, form }) => `${ref} ${form}`)),
    ]);
    expect(state.text).not.toContain('gone.py');
    for (const label of referencesIn(state.text))
      expect(resolveReference(circle.graph, label)).not.toBeNull();
  });

  it('gives the same bytes for the same events', () => {
    const log = largeLog();
    const again = stateSources(taskView(log.taskId, log.events), correction, past);
    expect(builder.build(again, { budget: 8_000 })).toEqual(
      builder.build(sources, { budget: 8_000 }),
    );
  });
});
