import { describe, expect, it } from 'vitest';
import { modelProfile, promptSize } from '../src/index.ts';

describe('modelProfile', () => {
  it.each([
    ['mistral:7b', 'mistral', 8_192, 2_500],
    ['mistral:7b-instruct-q4_0', 'mistral', 8_192, 2_500],
    ['qwen3:8b', 'qwen', 32_768, 15_000],
    ['qwen2.5-coder:7b', 'qwen', 8_192, 2_500],
    ['me/codestral:22b', 'mistral', 8_192, 2_500],
    ['llama3.1:8b', 'other', 8_192, 2_500],
  ])(
    'of %s is %s with a window of %i and %i for the answer',
    (id, family, contextWindow, maxOutputTokens) => {
      expect(modelProfile(id)).toEqual({ id, family, contextWindow, maxOutputTokens });
    },
  );

  it.each([
    [4_096, 1_250],
    [8_192, 2_500],
    [20_480, 8_750],
    [32_768, 15_000],
    [131_072, 60_000],
  ])('scales the answer with a window of %i to %i', (contextWindow, maxOutputTokens) => {
    expect(modelProfile('any', { contextWindow }).maxOutputTokens).toBe(maxOutputTokens);
  });

  it('refuses windows that are none', () => {
    for (const contextWindow of [0, -1, 1.5, Number.NaN])
      expect(() => modelProfile('any', { contextWindow })).toThrow(RangeError);
    expect(() => modelProfile('any', { contextWindow: 100, maxOutputTokens: 100 })).toThrow(
      /no room/,
    );
  });
});

describe('promptSize', () => {
  const profile = modelProfile('qwen3:8b');
  const messages = [{ role: 'user', content: 'x' }] as const;

  it('takes an estimate with its margin and an exact count as it is, plus the template', () => {
    const size = (exact: boolean, margin?: number) =>
      promptSize({ profile, tokens: { exact, margin, count: () => 1_000 } }, messages);
    expect(size(false)).toEqual({ tokens: 1_000, planned: 1_100, room: 31_668 });
    expect(size(false, 1.3).planned).toBe(1_300);
    expect(size(true)).toEqual({ tokens: 1_000, planned: 1_013, room: 31_755 });
  });

  it('has negative room for a prompt that is too long', () => {
    const tokens = { exact: true, count: () => 40_000 };
    expect(promptSize({ profile, tokens }, messages).room).toBeLessThan(0);
  });
});
