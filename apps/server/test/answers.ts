import type { StandInRule, StandInScript } from '@org/models/testing';

export const rightSum = 'export function sum(a, b) {\n  return a + b;\n}\n';
export const wrongSum = 'export function sum(a, b) {\n  return a - b;\n}\n';
const tests = `import { sum } from './sum.js';
test('adds', () => { expect(sum(2, 3)).toBe(5); });
test('adds a negative', () => { expect(sum(2, -3)).toBe(-1); });
`;

function code(text: string): StandInRule['answer'] {
  return { text: `\`\`\`js\n${text}\`\`\`\n` };
}

/** Answers for a task of one module whose first version is wrong. */
export const sumAnswers: StandInScript = {
  format: 'ollama-script',
  version: 1,
  models: [
    { name: 'mistral:7b', contextLength: 8_192 },
    { name: 'qwen3:8b', contextLength: 32_768 },
  ],
  rules: [
    {
      name: 'plan',
      when: { lastContains: ['Plan this task.'] },
      answer: {
        json: { modules: [{ name: 'sum.js', purpose: 'adds', dependsOn: [] }], questions: [] },
      },
    },
    { name: 'code', when: { lastContains: ['Write the file sum.js.'] }, answer: code(wrongSum) },
    { name: 'tests', when: { lastContains: ['Write the tests of sum.js'] }, answer: code(tests) },
    { name: 'correction', when: { lastContains: ['of sum.js fail'] }, answer: code(rightSum) },
  ],
};
