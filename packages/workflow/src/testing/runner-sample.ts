import type { Language } from '@org/events';
import type { FileContent } from '../test-runner.ts';

/** The same small task in one language: what the contract of test runners is tried on. */
export interface RunnerSample {
  readonly language: Language;
  /** One source file in four states, all of one path. */
  readonly right: FileContent;
  readonly wrong: FileContent;
  readonly unparsable: FileContent;
  readonly endless: FileContent;
  /** Two tests: the first holds for `right` only, the second for anything. */
  readonly tests: FileContent;
  readonly names: readonly [provesSomething: string, provesNothing: string];
  readonly unparsableTests: FileContent;
  readonly noTests: FileContent;
}

const javascriptTests = `import { double } from './double';
test('doubles', () => { expect(double(4)).toBe(8); });
test('is a test', () => { expect(1).toBe(1); });
`;

/** A sample in JavaScript or, with types, in TypeScript. */
export function javascriptSample(language: 'javascript' | 'typescript'): RunnerSample {
  const extension = language === 'javascript' ? 'js' : 'ts';
  const type = language === 'javascript' ? '' : ': number';
  const source = (body: string) => ({
    path: `double.${extension}`,
    content: `export function double(n${type})${type} { ${body} }\n`,
  });
  const tests = (content: string) => ({ path: `double.spec.${extension}`, content });
  return {
    language,
    right: source('return n * 2;'),
    wrong: source('return n * 3;'),
    unparsable: source('return (;'),
    endless: source('for (;;);'),
    tests: tests(javascriptTests),
    names: ['doubles', 'is a test'],
    unparsableTests: tests('test(('),
    noTests: tests("import './double';\n"),
  };
}

const pythonTests = `import unittest
from double import double

class DoubleTest(unittest.TestCase):
    def test_doubles(self):
        self.assertEqual(double(4), 8)

    def test_is_a_test(self):
        self.assertEqual(1, 1)
`;

export const pythonSample: RunnerSample = {
  language: 'python',
  ...pythonSources({
    right: 'return n * 2',
    wrong: 'return n * 3',
    unparsable: 'return (',
    endless: 'while True: pass',
  }),
  tests: { path: 'double_test.py', content: pythonTests },
  names: ['DoubleTest.test_doubles', 'DoubleTest.test_is_a_test'],
  unparsableTests: { path: 'double_test.py', content: 'class (' },
  noTests: { path: 'double_test.py', content: 'import double\n' },
};

function pythonSources(
  bodies: Readonly<Record<'right' | 'wrong' | 'unparsable' | 'endless', string>>,
) {
  const source = (body: string) => ({
    path: 'double.py',
    content: `def double(n):\n    ${body}\n`,
  });
  return {
    right: source(bodies.right),
    wrong: source(bodies.wrong),
    unparsable: source(bodies.unparsable),
    endless: source(bodies.endless),
  };
}
