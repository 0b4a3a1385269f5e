import assert from 'node:assert/strict';
import type { TokenCounter } from '../token-counter.ts';
import type { ContractCase } from './contract-case.ts';

const texts = [
  'a',
  'Hello, world!',
  'für Größe',
  '你好，世界',
  '👩‍💻🚀',
  '\n\n\t  x',
  '\ud800',
  '\0',
  ' ',
];

/** What every TokenCounter promises. */
export function tokenCounterContract(
  subject: () => Promise<TokenCounter>,
): readonly ContractCase[] {
  const promise = (name: string, check: (counter: TokenCounter) => void): ContractCase => ({
    name,
    run: async () => check(await subject()),
  });
  return [
    promise('counts nothing as 0 and anything as a whole number above 0', (counter) => {
      assert.equal(counter.count(''), 0);
      for (const text of texts) {
        const tokens = counter.count(text);
        assert.ok(Number.isSafeInteger(tokens) && tokens > 0, `${JSON.stringify(text)}: ${tokens}`);
      }
    }),
    promise('counts the same text the same', (counter) => {
      for (const text of texts) assert.equal(counter.count(text), counter.count(text));
    }),
    promise('counts a longer text higher', (counter) => {
      const line = 'const total = items.reduce((sum, item) => sum + item.price, 0);\n';
      assert.ok(counter.count(line.repeat(20)) > 10 * counter.count(line));
    }),
    promise('has a margin that is a positive number', (counter) => {
      const margin = counter.margin ?? 1;
      assert.ok(Number.isFinite(margin) && margin > 0);
    }),
  ];
}
