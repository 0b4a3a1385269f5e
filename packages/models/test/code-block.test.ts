import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectElision, parseCodeBlock, stripThinking } from '../src/index.ts';

const code = 'export const a = 1;\n';
const fenced = (info: string, body = code) => `\`\`\`${info}\n${body}\`\`\``;

describe('parseCodeBlock', () => {
  it.each([
    ['a block', fenced('ts'), null],
    ['prose around it', `Here is the file:\n\n${fenced('typescript')}\n\nIt exports a.`, null],
    ['no closing fence', `\`\`\`ts\n${code}`, null],
    ['tildes', `~~~ts\n${code}~~~`, null],
    ['a longer fence', `\`\`\`\`ts\n${code}\`\`\`\``, null],
    ['Windows line ends', fenced('ts').replaceAll('\n', '\r\n'), null],
    ['no language', fenced(''), null],
    ['an indented block', `1. The file:\n   \`\`\`ts\n   ${code}   \`\`\``, null],
    ['the name on the line before', `src/a.ts\n${fenced('ts')}`, 'src/a.ts'],
    ['the name in bold', `**src/a.ts**\n${fenced('ts')}`, 'src/a.ts'],
    ['the name in backticks with a colon', `\`src/a.ts\`:\n\n${fenced('ts')}`, 'src/a.ts'],
    ['the name as heading', `### a.ts\n${fenced('ts')}`, 'a.ts'],
    ['the name after "File:"', `File: a.ts\n${fenced('ts')}`, 'a.ts'],
    ['a made-up folder', `path/to/a.ts\n${fenced('ts')}`, 'a.ts'],
    ['the name in the fence', fenced('ts title="src/a.ts"'), 'src/a.ts'],
    ['the name behind a colon', fenced('ts:src/a.ts'), 'src/a.ts'],
    ['no fence at all', code, null],
    [
      'a shell command after it',
      `${fenced('ts')}\n\nRun:\n\n${fenced('bash', 'npm test -- --reporter=verbose --coverage\n')}`,
      null,
    ],
    ['an example before it', `${fenced('', 'a\n')}\n${fenced('ts')}`, null],
    [
      'another language before it',
      `${fenced('json', '{ "a long": "configuration file", "x": 1 }\n')}\n${fenced('ts')}`,
      null,
    ],
  ])('finds the file in an answer with %s', (_, answer, name) => {
    expect(parseCodeBlock(answer, { language: 'typescript' })).toMatchObject({ code, name });
  });

  it.each([
    '',
    'I am sorry, I cannot do that.',
    '```ts\n```',
    '```',
    'import taxes are high this year',
  ])('finds none in %j', (answer) => {
    expect(parseCodeBlock(answer)).toBeUndefined();
  });

  it('keeps fences that stand inside the code', () => {
    const body = "/**\n * ```ts\n * use();\n * ```\n */\nexport const use = '```';\n";
    expect(parseCodeBlock(fenced('ts', body))?.code).toBe(body);
  });

  it('gives back any code that a model fences', () => {
    const line = fc
      .string({ minLength: 1 })
      .filter((text) => text.trim() !== '' && !/[`~\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const body = `${lines
          .join('\n')
          .replace(/^(\s*\n)+/, '')
          .trimEnd()}\n`;
        expect(parseCodeBlock(`Sure:\n\n${fenced('python', body)}\n`)?.code).toBe(body);
      }),
    );
  });
});

describe('detectElision', () => {
  it.each([
    '// ... rest of code',
    '// … rest of the code',
    '// rest of the code remains the same',
    '// ... existing code ...',
    '// existing code',
    '  # existing code here',
    '# ... (other methods unchanged)',
    '// ...',
    '/* ... */',
    '  ...',
    '// (same as before)',
    '// Same as above',
    '<!-- rest of the file -->',
    '{/* rest of component stays the same */}',
    '// remaining functions unchanged',
    '// implementation omitted for brevity',
    '# Rest of the implementation goes here',
    '// other tests remain unchanged',
    '// keep the rest of the file',
    '# ... more code here ...',
    '// previous code',
    '// The rest of your code here.',
  ])('finds %j', (line) => {
    expect(detectElision(`const a = 1;\n${line}\nconst b = 2;\n`)).toMatchObject({
      kind: 'placeholder',
      line: 2,
      text: line.trim(),
    });
  });

  it.each([
    '// returns the rest of the arguments',
    '// The remaining time in milliseconds',
    '// skip the rest of the line',
    'const [first, ...rest] = list;',
    'fn(...args); // pass the rest',
    '// keeps existing entries, replaces the others',
    '# same order as before sorting',
    '// wait for more data...',
    'console.log("...");',
    '// TODO: later',
    '#include <stdio.h>',
    '#privateField = 1;',
    '* multiplies two numbers',
    'const text = "// ... rest of code";',
  ])('leaves %j alone', (line) => {
    expect(detectElision(`const a = 1;\n${line}\nconst b = 2;\n`)).toBeUndefined();
  });

  it('lets Python have its ellipsis statement', () => {
    expect(
      detectElision('class A(Protocol):\n    def f(self) -> int:\n        ...\n', {
        language: 'python',
      }),
    ).toBeUndefined();
    expect(detectElision('def f():\n    # ... rest of code\n', { language: 'python' })?.line).toBe(
      2,
    );
  });

  it('finds a file that lost more than half of itself, from ten lines on', () => {
    const previous = 'const line = 1;\n'.repeat(10);
    expect(detectElision('const line = 1;\n'.repeat(4), { previous })).toMatchObject({
      kind: 'shrunk',
    });
    expect(detectElision('const line = 1;\n'.repeat(6), { previous })).toBeUndefined();
    expect(detectElision('x\n', { previous: 'const line = 1;\n'.repeat(9) })).toBeUndefined();
  });
});

describe('stripThinking', () => {
  it.each([
    ['<think>a</think>b', 'b', 'a'],
    ['\n<think>\na\n</think>\n\nb', 'b', 'a'],
    ['<thinking>a</thinking>b', 'b', 'a'],
    ['a</think>b', 'b', 'a'],
    ['<think></think>b', 'b', null],
    ['<think>cut off', '', 'cut off'],
    ['b', 'b', null],
    ['```html\n<think>x</think>\n```', '```html\n<think>x</think>\n```', null],
    ['', '', null],
  ])('%j', (answer, text, thinking) => {
    expect(stripThinking(answer)).toEqual({ text, thinking });
  });
});
