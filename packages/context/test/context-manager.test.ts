import type { Event, GivenFile } from '@org/events';
import { estimatingCounter } from '@org/models';
import { describe, expect, it } from 'vitest';
import {
  type AssembledContext,
  type AssembleRequest,
  ContextManager,
  type ContextManagerOptions,
  isContextError,
  type PastWork,
  promptHashOf,
  referencesIn,
  resolveReference,
  SystemPromptCache,
  taskView,
} from '../src/index.ts';
import { larger, mistral, qwen, silentModel } from './models.ts';
import { TaskLog } from './task-log.ts';

const instructions = 'Write validators.py whole, in one fenced block.';
const emailCode = 'import re\n\ndef validate_email(email: str) -> bool:\n    return "@" in email\n';

/** models.py done, validators.py failing one of its two tests. */
function correctionLog(
  options: { readonly code?: string; readonly files?: readonly GivenFile[] } = {},
): TaskLog {
  const log = new TaskLog();
  log.plan(
    'Build an email and phone validator module. Reject empty strings.',
    [['models.py'], ['validators.py', 'models.py'], ['report.py', 'validators.py']],
    options.files,
  );
  log
    .start('models.py')
    .iterate(
      'models.py',
      'class Contact:\n    """A person."""\n    def __init__(self, email):\n        self.email = email\n\ndef parse(text: str) -> Contact:\n    return Contact(text)\n',
      { tests: ['test_contact'] },
    );
  log.add('MODULE_COMPLETE', { module: 'models.py', outcome: 'passed', iterations: 1 });
  log.start('validators.py').iterate('validators.py', options.code ?? emailCode, {
    tests: ['test_email_valid', 'test_email_empty'],
    failing: ['test_email_empty'],
  });
  return log;
}

function requestOf(log: TaskLog, changes: Partial<AssembleRequest> = {}): AssembleRequest {
  return {
    taskId: log.taskId,
    events: log.events,
    currentEvent: log.last,
    purpose: 'correction',
    module: 'validators.py',
    instructions,
    ...changes,
  };
}

function manager(options: Partial<ContextManagerOptions> = {}): ContextManager {
  return new ContextManager({ models: [mistral, qwen, larger], ...options });
}

const layer = (context: AssembledContext, name: string) =>
  context.layers.find((other) => other.name === name)?.text ?? '';
const refs = (context: AssembledContext, name: string) =>
  context.included.filter((piece) => piece.layer === name).map(({ ref, form }) => `${ref} ${form}`);
const user = (context: AssembledContext) => context.messages[1]?.content ?? '';
const recorded = (context: AssembledContext) => ({ callId: 'call-1', prompt: context.record });

describe('the four layers', () => {
  it('gate 3.1: four layers in order: system prompt, state summary, compressed events, current event', async () => {
    const context = await manager().assemble(requestOf(correctionLog()));
    expect(context.layers.map(({ name }) => name)).toEqual([
      'system',
      'state',
      'events',
      'current',
    ]);
    const [system, state, events, current] = context.layers.map(({ text }) => text);
    expect(context.messages).toEqual([
      { role: 'system', content: system },
      { role: 'user', content: `${state}\n\n${events}\n\n${current}` },
    ]);
    expect(system).toMatch(/^You are a careful software engineer/);
    expect(state).toMatch(/^# Task task-abc123/);
    expect(events).toMatch(/^## What happened so far\nStatus: running/);
    expect(current).toMatch(
      /^## What happened now\n#14 TEST_FAILED validators.py v2[\s\S]*## What to do now\nWrite validators\.py whole, in one fenced block\.$/,
    );
  });

  it('an empty history still gives a valid context', async () => {
    const log = new TaskLog();
    const created = log.add('TASK_CREATED', { prompt: 'Build a validator.' });
    const context = await manager().assemble(
      requestOf(log, {
        events: [],
        currentEvent: { ...created, sequence: 0, version: 0 },
        purpose: 'plan',
        module: null,
      }),
    );
    expect(layer(context, 'state')).toBe(
      '# Task task-abc123 [ID: task:task-abc123]\nStatus: created',
    );
    expect(layer(context, 'events')).toContain('Nothing else that matters');
    expect(layer(context, 'current')).toContain('prompt: Build a validator.');
    expect(context.asOfSequence).toBe(0);
  });

  it('the system prompt comes from the SystemPromptCache, generated once for many calls', async () => {
    const types: string[] = [];
    const systemPrompts = new SystemPromptCache({
      generate: (type) => {
        types.push(type);
        return `You handle ${type}.`;
      },
    });
    const contexts = manager({ systemPrompts });
    const first = await contexts.assemble(requestOf(correctionLog()));
    await contexts.assemble(requestOf(correctionLog()));
    expect(first.messages[0]?.content).toBe('You handle TEST_FAILED.');
    expect(types).toEqual(['TEST_FAILED']);
  });

  it('the state summary comes from the HierarchicalContextBuilder over the NetworkedCache', async () => {
    const state = layer(await manager().assemble(requestOf(correctionLog())), 'state');
    expect(state).toContain('## Module validators.py [ID: module:validators.py]');
    expect(state).toContain('Functions: [→ validate_email]');
    expect(state).toContain('def parse(text: str) -> Contact');
  });

  it('the OnlineCache remembers what pieces cost: a second call counts only what is new, with the same result', async () => {
    let counted = 0;
    const counter = estimatingCounter('mistral');
    const tokens = {
      exact: false,
      count: (text: string) => {
        counted += text.length;
        return counter.count(text);
      },
    };
    const contexts = manager({ models: [silentModel('mistral:7b', { tokens })] });
    const request = requestOf(correctionLog());
    const first = await contexts.assemble(request);
    const cold = counted;
    counted = 0;
    const second = await contexts.assemble(request);
    expect(counted).toBeLessThan(cold * 0.6);
    expect(second).toEqual(first);
    const online = contexts.online('mistral:7b');
    expect(online?.stats.hits).toBeGreaterThan(5);
    expect([...(online?.entries() ?? [])].map(({ key }) => key)).toContain(
      'task-abc123 body module:validators.py',
    );
  });

  it('the OfflineCache brings what earlier tasks taught, recorded by value under its hash', async () => {
    const asked: unknown[] = [];
    const pastWork: PastWork = {
      recall: async (query) => {
        asked.push(query);
        return [
          {
            ref: 'correction:7',
            kind: 'correction',
            text: 'An empty string has no "@": check the length first.',
          },
        ];
      },
    };
    const log = correctionLog();
    const contexts = manager({ pastWork });
    const context = await contexts.assemble(requestOf(log));
    expect(asked).toEqual([
      {
        taskId: 'task-abc123',
        text: 'Build an email and phone validator module. Reject empty strings.',
        failureSignature: log.last.eventType === 'TEST_FAILED' ? log.last.data.signature : '',
        limit: 4,
      },
    ]);
    expect(layer(context, 'state')).toContain(
      '### From an earlier task\nAn empty string has no "@"',
    );
    const [[hash, text] = ['', '']] = Object.entries(context.external);
    expect(text).toContain('An empty string has no');
    expect(refs(context, 'state').at(-1)).toBe(`external:${hash} text`);
    const rebuilt = await manager().rebuild({
      taskId: log.taskId,
      events: log.events,
      call: recorded(context),
    });
    expect(rebuilt.messages).toEqual(context.messages);
  });

  it('does without the OfflineCache when it fails, and says so', async () => {
    const errors: unknown[] = [];
    const pastWork: PastWork = { recall: () => Promise.reject(new Error('disk gone')) };
    const contexts = manager({ pastWork, onPastWorkError: (error) => errors.push(error) });
    const context = await contexts.assemble(requestOf(correctionLog()));
    expect(context.external).toEqual({});
    expect(errors).toEqual([new Error('disk gone')]);
  });

  it('the events layer is EventSummarizer over RelevanceFilter: what is not relevant is left out and reported', async () => {
    const log = correctionLog();
    log.add(
      'BUG_REPORT_RECEIVED',
      {
        module: 'models.py',
        description: 'unrelated report',
        against: { codeVersion: 1, codeHash: null, vectorClock: null },
        accepted: false,
      },
      { causationId: null },
    );
    const current = log.add(
      'CORRECTION_STARTED',
      { module: 'validators.py', fromVersion: 2, reason: 'test-failed' },
      {
        causationId: log.events[13]?.eventId ?? null,
      },
    );
    const context = await manager().assemble(requestOf(log, { currentEvent: current }));
    expect(layer(context, 'events')).not.toContain('unrelated report');
    expect(context.dropped).toContainEqual({
      ref: 'event:15',
      reason: 'not relevant to the current event',
    });
    expect(refs(context, 'events').at(-1)).toBe('event:14 brief');
  });

  it('shows neither the current event nor its code twice', async () => {
    const log = correctionLog();
    const context = await manager().assemble(requestOf(log));
    expect(user(context).split('AssertionError in test_email_empty')).toHaveLength(2);
    expect(user(context).split('return "@" in email')).toHaveLength(2);
    expect(user(context).split('Reject empty strings.')).toHaveLength(3); // and once in the history's first line
  });
});

describe('what a small model needs most', () => {
  it("a correction has the module's current code whole, the failure verbatim, the judge and the dependencies' signatures", async () => {
    const judge =
      'from validators import validate_email\n\ndef test_email_empty():\n    assert not validate_email("")\n';
    const log = correctionLog({
      files: [{ path: 'test_validators.py', content: judge, kind: 'test' }],
    });
    const current = log.add('CORRECTION_STARTED', {
      module: 'validators.py',
      fromVersion: 2,
      reason: 'test-failed',
    });
    const context = await manager().assemble(requestOf(log, { currentEvent: current }));
    const state = layer(context, 'state');
    expect(state).toContain(emailCode.trimEnd());
    expect(state).toContain(
      '✗ test_email_empty\n  expected: True\n  actual: False\n  message: AssertionError in test_email_empty',
    );
    expect(state).toContain('def parse(text: str) -> Contact');
    expect(state).toContain('### test_validators.py (');
    expect(context.truncated).toEqual([]);
  });

  it('code for a module that has none yet gets the given tests, as the judge', async () => {
    const judge =
      'from report import report\n\ndef test_report():\n    assert report([]) == "nothing"\n';
    const log = correctionLog({
      files: [{ path: 'test_report.py', content: judge, kind: 'test' }],
    });
    const current = log.add('MODULE_STARTED', { module: 'report.py' });
    const context = await manager().assemble(
      requestOf(log, { currentEvent: current, purpose: 'code', module: 'report.py' }),
    );
    expect(layer(context, 'state')).toContain(
      '### test_report.py (given test, the judge: never changed)\n```python\nfrom report import report',
    );
    expect(layer(context, 'state')).toContain('### What validators.py offers');
  });

  it('shows what the user said, and an open bug report', async () => {
    const log = correctionLog();
    log.add('USER_INTERVENTION', { kind: 'guidance', text: 'Use no regular expressions.' });
    const report = log.add('BUG_REPORT_RECEIVED', {
      module: 'validators.py',
      description: 'It takes "a@" for an address.',
      against: { codeVersion: null, codeHash: null, vectorClock: null },
      accepted: true,
    });
    const current = log.add(
      'CORRECTION_STARTED',
      { module: 'validators.py', fromVersion: 2, reason: 'bug-report' },
      { causationId: report.eventId },
    );
    const state = layer(
      await manager().assemble(requestOf(log, { currentEvent: current })),
      'state',
    );
    expect(state).toContain('### The user said (#15)\nUse no regular expressions.');
    expect(state).toContain('### Bug report (#16)\nIt takes "a@" for an address.');
  });

  it('after a new version the prompt has the new code and not the old', async () => {
    const log = correctionLog();
    const contexts = manager();
    await contexts.assemble(requestOf(log));
    log.iterate(
      'validators.py',
      'def validate_email(email: str, strict: bool) -> bool:\n    return bool(email)\n',
      {
        tests: ['test_email_valid', 'test_email_empty'],
        failing: ['test_email_valid'],
      },
    );
    const state = layer(await contexts.assemble(requestOf(log)), 'state');
    expect(state).toContain('return bool(email)');
    expect(state).not.toContain('return "@" in email');
  });
});

describe('routing', () => {
  const many = (words: number) =>
    Array.from({ length: words }, (_, index) => `word${index}`).join(' ');

  it('planning sees a long task text whole, by routing, and refuses where no model holds it', async () => {
    const log = new TaskLog().plan(`Build this. ${many(2_500)}`, [['a.py']]);
    const request = requestOf(log, { currentEvent: log.last, purpose: 'plan', module: null });
    const context = await manager().assemble(request);
    expect(context.model.id).toBe('qwen3:8b');
    expect(context.routedFrom).toBe('mistral:7b');
    expect(layer(context, 'state')).toContain('word2499');
    expect(context.truncated).toEqual([]);
    const refused = await manager({ models: [mistral] })
      .assemble(request)
      .catch((error: unknown) => error);
    expect(isContextError(refused, 'CONTEXT_OVERFLOW') && refused.parts[0]?.ref).toBe(
      'task:task-abc123',
    );
  });

  it('elsewhere a task text above its slot is condensed and marked, and the log keeps it whole', async () => {
    const log = new TaskLog().plan(`Build this. ${many(2_500)} And nothing else.`, [['a.py']]);
    const current = log.add('MODULE_STARTED', { module: 'a.py' });
    const context = await manager().assemble(
      requestOf(log, { currentEvent: current, purpose: 'code', module: 'a.py' }),
    );
    expect(context.model.id).toBe('mistral:7b');
    expect(context.truncated).toContain('task:task-abc123');
    expect(layer(context, 'state')).toMatch(
      /Build this\. word0[\s\S]*\[… \d+ characters left out here …\][\s\S]*And nothing else\./,
    );
  });

  it('a 50 000-character event routes at once, uncut', async () => {
    const log = correctionLog();
    const text = 'the user would like it simple and plain, '.repeat(1_250);
    expect(text.length).toBeGreaterThan(50_000);
    const said = log.add('USER_INTERVENTION', { kind: 'guidance', text });
    const context = await manager().assemble(requestOf(log, { currentEvent: said }));
    expect(context.model.id).toBe('qwen3:8b');
    expect(layer(context, 'current')).toContain(text);
  });

  it('a task of 50 000 tokens routes at once to a model that holds it', async () => {
    const text = 'The user would like it simple and plain, '.repeat(5_600);
    const log = new TaskLog().plan(text, [['a.py']]);
    const context = await manager().assemble(
      requestOf(log, { currentEvent: log.last, purpose: 'plan', module: null }),
    );
    expect(context.tokens).toBeGreaterThan(50_000);
    expect([context.model.id, context.routedFrom]).toEqual(['larger:70b', 'mistral:7b']);
  });

  it('a correction whose code is too large for a model goes up, and the code stays whole', async () => {
    const code = Array.from(
      { length: 260 },
      (_, index) => `def step_${index}(value):\n    return value + ${index}\n`,
    ).join('\n');
    const context = await manager().assemble(requestOf(correctionLog({ code })));
    expect(context.model.id).toBe('qwen3:8b');
    expect(layer(context, 'state')).toContain(code.trimEnd());
    expect(context.maxOutputTokens).toBeGreaterThan(qwen.tokens.count(code));
  });

  it('a correction goes up when the answer would not have room for the whole file again', async () => {
    let code = '';
    for (let n = 0; mistral.tokens.count(code) < 3_600; n += 1)
      code += `def step_${n}(value):\n    return value + ${n}\n\n`;
    expect(mistral.tokens.count(code)).toBeLessThan(4_500);
    const context = await manager().assemble(requestOf(correctionLog({ code })));
    expect(context.model.id).toBe('qwen3:8b');
  });

  it('given tests stay whole while there is a larger model; on the last one they are cut and marked', async () => {
    const content = Array.from(
      { length: 600 },
      (_, index) => `def test_case_${index}():\n    assert check(${index})\n`,
    ).join('\n');
    const log = correctionLog({ files: [{ path: 'test_validators.py', content, kind: 'test' }] });
    log.events.splice(11);
    const current = log.last;
    const request = requestOf(log, { currentEvent: current, purpose: 'code' });
    const routed = await manager().assemble(request);
    expect(routed.model.id).toBe('qwen3:8b');
    expect(layer(routed, 'state')).toContain(content.trimEnd());
    const alone = await manager({ models: [mistral] }).assemble(request);
    expect(alone.model.id).toBe('mistral:7b');
    expect(alone.truncated).toEqual(['file:test_validators.py']);
    expect(layer(alone, 'state')).toContain('characters left out here');
  });

  it('starts at the preferred model and refuses one that is not configured', async () => {
    const request = requestOf(correctionLog(), { model: 'qwen3:8b' });
    const context = await manager().assemble(request);
    expect([context.model.id, context.routedFrom]).toEqual(['qwen3:8b', null]);
    await expect(manager().assemble({ ...request, model: 'phi' })).rejects.toThrow(
      /No model "phi"/,
    );
  });

  it('an estimate is held against the window with its margin, as far as that was learned', async () => {
    const counter = estimatingCounter('mistral');
    const withMargin = (margin: number) =>
      silentModel('mistral:7b', {
        tokens: { exact: false, count: (text) => counter.count(text), margin },
      });
    let long = instructions;
    while (counter.count(long) < 3_500) long += ' Mind the details.';
    const request = requestOf(correctionLog(), { instructions: long, purpose: 'code' });
    const chosen = async (margin: number) =>
      (await manager({ models: [withMargin(margin), qwen] }).assemble(request)).model.id;
    expect(await chosen(1.1)).toBe('mistral:7b');
    expect(await chosen(1.8)).toBe('qwen3:8b');
  });

  it('a long system prompt counts in full', async () => {
    const systemPrompts = new SystemPromptCache({
      generate: () => `You are patient. ${many(1_700)}`,
    });
    const context = await manager({ systemPrompts }).assemble(requestOf(correctionLog()));
    expect(context.layers[0]?.tokens).toBeGreaterThan(5_000);
    expect(context.model.id).toBe('qwen3:8b');
  });

  it('the answer gets what was asked for, or its slot', async () => {
    const request = requestOf(correctionLog());
    expect((await manager().assemble(request)).maxOutputTokens).toBe(2_500);
    expect((await manager().assemble({ ...request, generationTokens: 700 })).maxOutputTokens).toBe(
      700,
    );
    await expect(manager().assemble({ ...request, generationTokens: 0 })).rejects.toThrow(
      /generationTokens/,
    );
  });

  it('refuses a current event of another task, and an empty list of models', async () => {
    const request = requestOf(correctionLog(), { taskId: 'other' });
    await expect(manager().assemble(request)).rejects.toThrow(
      /is of task task-abc123, not of other/,
    );
    expect(() => new ContextManager({ models: [] })).toThrow(/at least one model/);
  });

  it('is aborted by its signal', async () => {
    const reason = new Error('cancelled');
    await expect(
      manager().assemble(requestOf(correctionLog()), { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });
});

describe('a log that others wrote', () => {
  it('unknown types and malformed payloads stop nothing, be they old or current, and rebuild too', async () => {
    const log = correctionLog();
    const odd = [
      { eventType: 'SOMETHING_NEW', data: { module: 'validators.py', news: [null] } },
      { eventType: 'TEST_FAILED', data: { module: 'validators.py', results: [null, 3] } },
      { eventType: 'TEST_FAILED', data: 'no object' },
      { eventType: 'TEST_STARTED', data: { module: 'validators.py', tests: [null] } },
      { eventType: 'CODE_GENERATED', data: { module: 'validators.py', files: [{}] } },
      { eventType: 'MODULE_ITERATION', data: {} },
      { eventType: 'USER_INTERVENTION', data: { kind: 7 } },
    ];
    for (const { eventType, data } of odd) {
      const version = log.events.length + 1;
      const base = {
        ...log.last,
        eventId: `00000000-0000-7000-8000-0000000000${version}`,
        sequence: version,
        version,
      };
      log.events.push({ ...base, eventType, data } as unknown as Event);
      const contexts = manager();
      const context = await contexts.assemble(requestOf(log));
      expect(layer(context, 'current')).toContain(`#${version} ${eventType}`);
      expect(layer(context, 'state')).toContain(emailCode.trimEnd());
      const rebuilt = await contexts.rebuild({
        taskId: log.taskId,
        events: log.events,
        call: recorded(context),
      });
      expect(rebuilt.messages).toEqual(context.messages);
    }
  });

  it('another task in the log, events twice and out of order change nothing', async () => {
    const log = correctionLog();
    const other = new TaskLog('task-other').plan('Something else.', [['x.py']]);
    const clean = await manager().assemble(requestOf(log));
    const mixed = [...other.events, ...log.events.toReversed(), ...log.events];
    expect((await manager().assemble(requestOf(log, { events: mixed }))).messages).toEqual(
      clean.messages,
    );
  });

  it('a task whose log is another one than before is folded anew', async () => {
    const contexts = manager();
    await contexts.assemble(requestOf(correctionLog()));
    const other = new TaskLog().plan('Another task of the same name.', [['validators.py']]);
    const request = requestOf(other, { purpose: 'code' });
    expect((await contexts.assemble(request)).messages).toEqual(
      (await manager().assemble(request)).messages,
    );
  });

  it('an earlier moment of a live task is seen as it was', async () => {
    const log = correctionLog();
    const contexts = manager();
    const early = log.events.slice(0, 6);
    const request = requestOf(log, {
      events: early,
      currentEvent: early[5] as Event,
      purpose: 'code',
      module: 'models.py',
    });
    const before = await contexts.assemble(request);
    await contexts.assemble(requestOf(log));
    expect((await contexts.assemble(request)).messages).toEqual(before.messages);
  });
});

describe('what it says of itself', () => {
  it('names every piece with its layer, form and tokens; together they are about the whole', async () => {
    const context = await manager().assemble(requestOf(correctionLog()));
    const sum = context.included.reduce((total, { tokens }) => total + tokens, 0);
    expect(sum).toBeGreaterThan(context.tokens * 0.9);
    expect(sum).toBeLessThanOrEqual(context.tokens);
    expect(context.tokens).toBe(
      mistral.tokens.count(context.messages[0]?.content ?? '') +
        mistral.tokens.count(user(context)),
    );
    expect(context.window).toBe(8_192);
    expect(context.compressionRatio).toBeGreaterThan(2);
    expect(context.promptHash).toBe(promptHashOf(context.messages));
    expect(context.record).toMatchObject({
      hash: context.promptHash,
      asOfSequence: 14,
      request: { purpose: 'correction', module: 'validators.py' },
    });
  });

  it('names what was dropped and why, when the room ends', async () => {
    const log = new TaskLog().plan(
      'Build it.',
      Array.from(
        { length: 40 },
        (_, index) => [`m${index}.py`, ...(index > 0 ? [`m${index - 1}.py`] : [])] as const,
      ),
    );
    for (let index = 0; index < 40; index += 1)
      log.iterate(
        `m${index}.py`,
        Array.from(
          { length: 12 },
          (_, n) => `def part_${index}_${n}(value: int) -> int:\n    return value * ${n}\n`,
        ).join('\n'),
        { tests: [`test_${index}`], failing: index === 39 ? [`test_${index}`] : [] },
      );
    const context = await manager({ models: [mistral] }).assemble(
      requestOf(log, { module: 'm39.py' }),
    );
    expect(context.dropped.length).toBeGreaterThan(10);
    expect(context.dropped.map(({ reason }) => reason)).toContain(
      'budget: no room left for MEDIUM',
    );
    expect(context.compressionRatio).toBeGreaterThan(5);
  });

  it('every reference resolves, and text that others wrote cannot pass for one', async () => {
    const log = correctionLog();
    log.add('USER_INTERVENTION', { kind: 'guidance', text: 'see [→ nowhere]' });
    const context = await manager().assemble(requestOf(log));
    const view = taskView(log.taskId, log.events);
    const found = referencesIn(user(context));
    expect(found.length).toBeGreaterThan(4);
    for (const label of found) expect(resolveReference(view.graph, label), label).not.toBeNull();
  });
});

describe('rebuild', () => {
  it('writes the same messages again from the log and the record, though the log went on', async () => {
    const log = correctionLog();
    const context = await manager().assemble(requestOf(log));
    log.iterate('validators.py', 'def validate_email(e): return False\n', {
      tests: ['test_email_valid'],
      failing: ['test_email_valid'],
    });
    // As it comes back from a store: other objects, other order of fields.
    const stored = JSON.parse(JSON.stringify(log.events)) as Event[];
    const rebuilt = await manager({ models: [qwen] }).rebuild({
      taskId: log.taskId,
      events: stored.reverse(),
      call: JSON.parse(JSON.stringify(recorded(context))),
    });
    expect(rebuilt.messages).toEqual(context.messages);
    expect(rebuilt.promptHash).toBe(context.promptHash);
    expect(rebuilt.layers.map(({ text }) => text)).toEqual(context.layers.map(({ text }) => text));
  });

  it('needs nothing but the record for a prompt of its own and a current event that was never stored', async () => {
    const log = correctionLog();
    const current = log.events.pop() as Event;
    const systemPrompts = new SystemPromptCache({ generate: () => 'You are written by a model.' });
    const context = await manager({ systemPrompts }).assemble(
      requestOf(log, { currentEvent: current }),
    );
    expect(Object.values(context.external)).toHaveLength(2);
    const rebuilt = await manager().rebuild({
      taskId: log.taskId,
      events: log.events,
      call: recorded(context),
    });
    expect(rebuilt.messages).toEqual(context.messages);
  });

  it('says what is missing, and when the result is another', async () => {
    const log = correctionLog();
    const contexts = manager();
    const context = await contexts.assemble(requestOf(log));
    const rebuild = (events: readonly Event[], prompt = context.record) =>
      contexts.rebuild({ taskId: log.taskId, events, call: { callId: 'call-1', prompt } });
    await expect(rebuild(log.events.slice(0, -1))).rejects.toThrow(
      'The prompt of call call-1 cannot be written again: sequence:14 is missing.',
    );
    const altered = log.events.map((event) =>
      event.version === 1
        ? { ...event, data: { ...event.data, prompt: 'Something else.' } }
        : event,
    ) as Event[];
    const mismatch = await rebuild(altered).catch((error: unknown) => error);
    expect(isContextError(mismatch, 'PROMPT_MISMATCH') && mismatch.expected).toBe(
      context.promptHash,
    );
    const { request: _request, ...old } = context.record;
    await expect(rebuild(log.events, old)).rejects.toThrow(/request is missing/);
  });

  it('assembling twice gives the same bytes, from a warm cache as from a cold one', async () => {
    const log = correctionLog();
    const warm = manager();
    for (let end = 4; end <= log.events.length; end += 1) {
      const events = log.events.slice(0, end);
      const currentEvent = events.at(-1) as Event;
      const request = requestOf(log, { events, currentEvent });
      const context = await warm.assemble(request);
      expect((await manager().assemble(request)).messages).toEqual(context.messages);
    }
  });
});
