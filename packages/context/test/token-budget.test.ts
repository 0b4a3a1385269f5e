import { modelProfile } from '@org/models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextTokens, isContextError, routeModel, tokenBudget } from '../src/index.ts';
import { larger, mistral, qwen } from './models.ts';

describe('tokenBudget', () => {
  it('shares out 8 192 tokens of mistral:7b as fixed', () => {
    expect(tokenBudget(mistral.profile)).toEqual({
      window: 8_192,
      system: 500,
      task: 300,
      context: {
        module: 300,
        related: 1_200,
        dependencies: 800,
        errors: 400,
        tests: 1_300,
        history: 0,
      },
      generation: 2_500,
      buffer: 892,
    });
    expect(contextTokens(tokenBudget(mistral.profile).context)).toBe(4_000);
  });

  it('shares out 32 768 tokens of qwen3:8b as fixed', () => {
    expect(tokenBudget(qwen.profile)).toEqual({
      window: 32_768,
      system: 500,
      task: 500,
      context: {
        module: 500,
        related: 3_000,
        dependencies: 2_500,
        errors: 1_500,
        tests: 2_500,
        history: 2_000,
      },
      generation: 15_000,
      buffer: 4_768 - 0,
    });
    expect(contextTokens(tokenBudget(qwen.profile).context)).toBe(12_000);
  });

  it('shares out any window whole, every part at least 0', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 512, max: 1_000_000 }),
        fc.double({ min: 0.05, max: 0.9, noNaN: true }),
        (window, share) => {
          const generation = Math.max(1, Math.floor(window * share));
          const budget = tokenBudget(
            modelProfile('any', { contextWindow: window, maxOutputTokens: generation }),
          );
          const { system, task, context, buffer } = budget;
          expect(system + task + contextTokens(context) + generation + buffer).toBe(window);
          for (const part of [system, task, buffer, ...Object.values(context)])
            expect(part).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it('refuses a profile whose answer fills the window', () => {
    const profile = {
      id: 'x',
      family: 'other',
      contextWindow: 1_000,
      maxOutputTokens: 1_000,
    } as const;
    expect(() => tokenBudget(profile)).toThrow(/cannot hold/);
  });
});

describe('routeModel', () => {
  it('gate 3.3: `mistral:7b` at 7 000 tokens routes to `qwen3:8b`; `qwen3:8b` at 28 000 to a larger model or a clear refusal', () => {
    const models = [mistral, qwen, larger];
    expect(routeModel(models, { promptTokens: 7_000, model: 'mistral:7b' })).toMatchObject({
      model: { id: 'qwen3:8b' },
      routedFrom: 'mistral:7b',
      maxOutputTokens: 15_000,
    });
    expect(routeModel(models, { promptTokens: 28_000, model: 'qwen3:8b' }).model.id).toBe(
      'larger:70b',
    );
    const refused = () => routeModel([mistral, qwen], { promptTokens: 28_000, model: 'qwen3:8b' });
    expect(refused).toThrow(
      /needs 28000 tokens and qwen3:8b, the largest model there is, takes 26214 of its 32768/,
    );
    expect(isContextError(thrownBy(refused), 'CONTEXT_OVERFLOW')).toBe(true);
  });

  it('routes above 80 % of a window and not at it', () => {
    expect(routeModel([mistral, qwen], { promptTokens: 6_553 }).model.id).toBe('mistral:7b');
    expect(routeModel([mistral, qwen], { promptTokens: 6_554 }).model.id).toBe('qwen3:8b');
  });

  it('gives the answer its slot, or what is left', () => {
    expect(routeModel([mistral], { promptTokens: 1_000 }).maxOutputTokens).toBe(2_500);
    expect(routeModel([mistral], { promptTokens: 6_500 }).maxOutputTokens).toBe(1_692);
    expect(
      routeModel([mistral], { promptTokens: 1_000, generationTokens: 400 }).maxOutputTokens,
    ).toBe(400);
  });

  it('routes where the answer would get less than 1 024 tokens, unless it wants less', () => {
    const tiny = { id: 'tiny', profile: modelProfile('tiny', { contextWindow: 4_096 }) };
    expect(routeModel([tiny, qwen], { promptTokens: 3_072 }).model.id).toBe('tiny');
    expect(routeModel([tiny, qwen], { promptTokens: 3_073 }).model.id).toBe('qwen3:8b');
    expect(routeModel([tiny, qwen], { promptTokens: 3_200, generationTokens: 200 }).model.id).toBe(
      'tiny',
    );
  });

  it('never routes to a model of the same or a smaller window', () => {
    const other = { ...mistral, id: 'mistral:other' };
    expect(() => routeModel([mistral, other], { promptTokens: 7_000 })).toThrow(
      /mistral:7b, the largest/,
    );
  });

  it('names the models there are when asked for another', () => {
    expect(() => routeModel([mistral, qwen], { promptTokens: 1, model: 'phi' })).toThrow(
      'No model "phi" is configured; there are mistral:7b, qwen3:8b.',
    );
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
