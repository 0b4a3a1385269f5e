import { type Event, EventType } from '@org/events';
import { estimatingCounter } from '@org/models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventSummarizer } from '../../src/index.ts';
import { TaskLog } from '../task-log.ts';

const counter = estimatingCounter('mistral');
const jsonTokens = (events: readonly Event[]) =>
  events.reduce((sum, event) => sum + counter.count(JSON.stringify(event)), 0);

/** A task of two modules that goes on until it has `length` events. */
function longLog(length: number, code = 'def check(x):\n    return x\n'): TaskLog {
  const log = new TaskLog().plan('Build validators.', [['a.py'], ['b.py', 'a.py']]);
  for (let n = 0; log.events.length < length; n += 1) {
    const module = n % 2 === 0 ? 'a.py' : 'b.py';
    log.iterate(module, code, { tests: ['test_one', 'test_two'], failing: ['test_two'] });
  }
  log.events.splice(length);
  return log;
}

/** Tokens of the payloads alone, without ids and clocks. */
const payloadTokens = (events: readonly Event[]) =>
  events.reduce(
    (sum, { eventType, data }) => sum + counter.count(JSON.stringify({ eventType, data })),
    0,
  );

/** 50 events whose payloads alone are 10 000 tokens. */
function tenThousand(): TaskLog {
  for (let length = 1; ; length += 1) {
    const log = longLog(50, `def check(x):\n${'    x = x + 1\n'.repeat(length)}    return x\n`);
    if (payloadTokens(log.events) > 9_900) return log;
  }
}

const lines = (text: string) => text.split('\n');

describe('EventSummarizer', () => {
  it('gate 3.5: 50 events of 10 000 tokens → at most 1 500', () => {
    const log = tenThousand();
    expect(log.events).toHaveLength(50);
    expect(payloadTokens(log.events)).toBeGreaterThan(9_900);
    expect(payloadTokens(log.events)).toBeLessThan(10_300);
    const summary = new EventSummarizer({ tokens: counter }).summarize(log.events);
    expect(summary.tokens).toBe(counter.count(summary.text));
    expect(summary.tokens).toBeLessThanOrEqual(1_500);
    expect(summary.compressionRatio).toBeGreaterThanOrEqual(5);
    expect(summary.pieces.slice(-5).map(({ form }) => form)).toEqual(Array(5).fill('full'));
    expect(summary.pieces.filter(({ form }) => form === 'line').length).toBeGreaterThan(30);
  });

  it('gate 3.6: 20 events, keepRecent 5: 5 in full and 15 compressed, in order', () => {
    const log = longLog(20);
    const shuffled = log.events.toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));
    const { pieces, text } = new EventSummarizer({ keepRecent: 5 }).summarize(shuffled);
    expect(pieces.map(({ ref }) => ref)).toEqual(
      log.events.map(({ version }) => `event:${version}`),
    );
    expect(pieces.map(({ form }) => form)).toEqual([
      ...Array(15).fill('line'),
      ...Array(5).fill('full'),
    ]);
    for (const { form, text: told } of pieces)
      if (form === 'line') expect(lines(told)).toHaveLength(1);
    expect(pieces.every(({ kept }) => kept === null)).toBe(true);
    const numbers = [...text.matchAll(/^#(\d+) /gm)].map((match) => Number(match[1]));
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('gate 3.7: the summary has module count, iteration count, current version, status', () => {
    const log = longLog(23);
    log.add('MODULE_COMPLETE', { module: 'a.py', outcome: 'passed', iterations: 3 });
    const summary = new EventSummarizer().summarize(log.events);
    expect(summary.statistics).toEqual({
      status: 'running',
      modules: 2,
      modulesPassed: 1,
      iterations: 5,
      codeVersion: 5,
      events: 24,
    });
    expect(lines(summary.text)[0]).toBe(
      'Status: running · Modules: 1 of 2 done · Iterations: 5 · Code version: v5 · Events: 24',
    );
  });

  it('3 events with keepRecent 5: all are kept in full', () => {
    const log = longLog(3);
    const { pieces, text } = new EventSummarizer({ keepRecent: 5 }).summarize(log.events);
    expect(pieces.map(({ form }) => form)).toEqual(['full', 'full', 'full']);
    expect(text).toContain('prompt: Build validators.');
    expect(text).toContain('purpose: Holds b.py.');
  });

  it('no events: a minimal summary', () => {
    const summary = new EventSummarizer().summarize([]);
    expect(summary.text).toBe(
      'No events yet.\nStatus: created · Modules: 0 of 0 done · Iterations: 0 · Code version: none yet · Events: 0',
    );
    expect(summary.pieces).toEqual([]);
  });

  it('large data is cut in its middle, and marked', () => {
    const log = new TaskLog();
    log.add('TASK_CREATED', { prompt: `begin ${'very long words '.repeat(2_000)} end` });
    const summary = new EventSummarizer({ maxEventTokens: 200, tokens: counter }).summarize(
      log.events,
    );
    const [piece] = summary.pieces;
    expect(piece?.tokens).toBeLessThanOrEqual(200);
    expect(piece?.kept).not.toBeNull();
    expect(piece?.text).toMatch(
      /prompt: begin very long[\s\S]*\[… \d+ characters left out here …\][\s\S]* end$/,
    );
  });

  it('compresses 1 000 old events, and counts by type those that have no line', () => {
    const log = longLog(1_000);
    const summary = new EventSummarizer().summarize(log.events, { maxTokens: 1_000 });
    expect(summary.tokens).toBeLessThanOrEqual(1_000);
    const [first] = summary.pieces;
    expect(first).toMatchObject({ form: 'count' });
    expect(first?.text).toMatch(
      /^Earlier, \d+ events: 1 TASK_CREATED, 1 TASK_STARTED, 1 PLANNING_COMPLETE, \d+ MODULE_ITERATION/,
    );
    const counted = Number(/Earlier, (\d+)/.exec(first?.text ?? '')?.[1]);
    expect(counted + summary.pieces.length - 1).toBe(1_000);
  });

  it('tells each of the 18 types in one line, and an unknown type or a wrong payload by its fields', () => {
    const log = longLog(10);
    const summarizer = new EventSummarizer({ keepRecent: 0 });
    for (const eventType of [...Object.values(EventType), 'SOMETHING_NEW']) {
      const odd = {
        ...log.last,
        eventType,
        data: { strange: 1, module: 'x.py' },
      } as unknown as Event;
      const [piece] = summarizer.summarize([odd]).pieces;
      expect(piece?.form).toBe('line');
      expect(lines(piece?.text ?? '')).toHaveLength(1);
      expect(piece?.text).toContain(eventType);
    }
  });

  it('never shows the model calls that made an event', () => {
    const log = longLog(8);
    const [event] = log.events.splice(4, 1);
    const data = { ...event?.data, calls: [{ callId: 'call-1', prompt: { hash: 'secret-hash' } }] };
    const summary = new EventSummarizer({ keepRecent: 10 }).summarize([
      { ...event, data } as Event,
    ]);
    expect(summary.text).not.toContain('secret-hash');
  });

  it('text in events cannot pass for references', () => {
    const log = new TaskLog();
    log.add('TASK_CREATED', { prompt: 'see [→ nowhere] and [← nobody]' });
    expect(new EventSummarizer().summarize(log.events).text).toContain(
      'see [-> nowhere] and [<- nobody]',
    );
  });

  it('is never below 3× on 50 events or more, whatever they hold', () => {
    const texts = fc.string({ maxLength: 400, unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(texts, { minLength: 50, maxLength: 120 }), (prompts) => {
        const log = new TaskLog();
        for (const text of prompts) log.add('USER_INTERVENTION', { kind: 'guidance', text });
        const summary = new EventSummarizer({ tokens: counter }).summarize(log.events);
        expect(summary.originalTokens).toBe(jsonTokens(log.events));
        expect(summary.tokens * 3).toBeLessThanOrEqual(summary.originalTokens);
      }),
      { numRuns: 40 },
    );
  });
});
