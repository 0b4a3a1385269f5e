import { EventType } from '@org/events';
import { describe, expect, it } from 'vitest';
import { defaultSystemPrompt, SystemPromptCache } from '../src/index.ts';

/** Counts how often each type was generated. */
function counting(generate: (eventType: string, nth: number) => string | Promise<string>) {
  const calls: string[] = [];
  return {
    calls,
    generate: (eventType: string) => {
      calls.push(eventType);
      return generate(eventType, calls.filter((call) => call === eventType).length);
    },
  };
}

/** A promise that the test settles. */
function later<Value>() {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('SystemPromptCache', () => {
  it('gate 3.4: the same event type twice: the identical prompt, generated once', async () => {
    const { calls, generate } = counting((type, nth) => `prompt for ${type}, generation ${nth}`);
    const cache = new SystemPromptCache({ generate });
    const first = await cache.get('TEST_FAILED');
    const second = await cache.get('TEST_FAILED');
    expect(second).toBe(first);
    expect(calls).toEqual(['TEST_FAILED']);
    expect(cache.stats).toEqual({ hits: 1, misses: 1, size: 1 });
  });

  it('gives different types different prompts', async () => {
    const cache = new SystemPromptCache();
    expect(await cache.get('TEST_FAILED')).not.toBe(await cache.get('TASK_CREATED'));
  });

  it('has a prompt of its own for each of the 18 types, and a generic one for an unknown type', async () => {
    const cache = new SystemPromptCache();
    const generic = await cache.get('SOMETHING_NEW');
    expect(generic).toContain('one step of a coding task');
    for (const type of Object.values(EventType)) {
      const prompt = await cache.get(type);
      expect(prompt.startsWith(generic)).toBe(true);
      expect(prompt).not.toBe(generic);
    }
  });

  it('generates once for concurrent misses', async () => {
    const gate = later<string>();
    const { calls, generate } = counting(() => gate.promise);
    const cache = new SystemPromptCache({ generate });
    const all = Promise.all(Array.from({ length: 20 }, () => cache.get('CODE_GENERATED')));
    gate.resolve('the prompt');
    expect(new Set(await all)).toEqual(new Set(['the prompt']));
    expect(calls).toHaveLength(1);
  });

  it('retries a failing generator', async () => {
    const errors: unknown[] = [];
    const { calls, generate } = counting((_type, nth) => {
      if (nth < 3) throw new Error(`attempt ${nth}`);
      return 'third time lucky';
    });
    const cache = new SystemPromptCache({ generate, onError: (error) => errors.push(error) });
    expect(await cache.get('TEST_FAILED')).toBe('third time lucky');
    expect(calls).toHaveLength(3);
    expect(errors).toHaveLength(2);
  });

  it('falls back when every attempt failed, and asks again the next time', async () => {
    const { calls, generate } = counting((_type, nth) => {
      if (nth <= 3) throw new Error('down');
      return 'up again';
    });
    const cache = new SystemPromptCache({ generate });
    expect(await cache.get('TEST_FAILED')).toBe(defaultSystemPrompt('TEST_FAILED'));
    expect(await cache.get('TEST_FAILED')).toBe('up again');
    expect(calls).toHaveLength(4);
  });

  it('takes an empty prompt for a failure', async () => {
    const cache = new SystemPromptCache({
      generate: () => '  ',
      retries: 0,
      fallback: () => 'fallback',
    });
    expect(await cache.get('TEST_FAILED')).toBe('fallback');
  });

  it('clearCache really clears: the next call generates anew', async () => {
    const { calls, generate } = counting((_type, nth) => `generation ${nth}`);
    const cache = new SystemPromptCache({ generate });
    await cache.get('TEST_FAILED');
    cache.clearCache();
    expect(cache.stats.size).toBe(0);
    expect(await cache.get('TEST_FAILED')).toBe('generation 2');
    expect(calls).toHaveLength(2);
  });

  it('clearCache also forgets a prompt that is being generated', async () => {
    const slow = later<string>();
    const { generate } = counting((_type, nth) => (nth === 1 ? slow.promise : 'new'));
    const cache = new SystemPromptCache({ generate });
    const before = cache.get('TEST_FAILED');
    cache.clearCache();
    expect(await cache.get('TEST_FAILED')).toBe('new');
    slow.resolve('old');
    expect(await before).toBe('old');
    expect(await cache.get('TEST_FAILED')).toBe('new');
  });

  it('holds 100 entries, and beyond its limit forgets the least recently used', async () => {
    const { calls, generate } = counting((type) => type);
    const cache = new SystemPromptCache({ generate, maxEntries: 100 });
    for (let n = 0; n < 100; n += 1) await cache.get(`TYPE_${n}`);
    for (let n = 0; n < 100; n += 1) await cache.get(`TYPE_${n}`);
    expect(calls).toHaveLength(100);
    await cache.get('TYPE_100');
    expect(cache.stats.size).toBe(100);
    await cache.get('TYPE_99');
    expect(calls).toHaveLength(101);
    await cache.get('TYPE_0');
    expect(calls).toHaveLength(102);
  });
});
