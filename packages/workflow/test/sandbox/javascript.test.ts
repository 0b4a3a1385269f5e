import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSandboxRunner } from '../../src/sandbox/index.ts';
import type { TestRunner } from '../../src/test-runner.ts';
import { statuses, type Trial, tryTests } from './try-tests.ts';

// The machine may be busy with other tests: these limits only end what hangs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let runner: TestRunner;
beforeAll(async () => {
  runner = await createSandboxRunner();
});
afterAll(() => runner.close());

const javascript = (trial: Trial) => tryTests(runner, 'javascript', trial);
const typescript = (trial: Trial) => tryTests(runner, 'typescript', trial);
const source = {
  'two-fer.js': 'export const twoFer = (name = "you") => "One for " + name + ", one for me.";',
};

describe.concurrent('tests in JavaScript', () => {
  it('runs given tests as Exercism writes them: @jest/globals, xtest counted like test', async () => {
    const spec = `import { describe, expect, test, xtest } from '@jest/globals';
import { twoFer } from './two-fer';

describe('Two fer', () => {
  test('no name given', () => { expect(twoFer()).toEqual('One for you, one for me.'); });
  xtest('a name given', () => { expect(twoFer('Alice')).toEqual('One for Alice, one for me.'); });
});`;
    const tests = { 'two-fer.spec.js': spec };
    const { names, outcome } = await javascript({ files: source, tests });
    expect(names).toEqual(['Two fer > no name given', 'Two fer > a name given']);
    expect(outcome).toMatchObject({ outcome: 'passed', passed: 2, failed: 0, total: 2 });
    const wrong = { 'two-fer.js': 'export const twoFer = () => "One for you, one for me.";' };
    expect(statuses((await javascript({ files: wrong, tests })).outcome)).toEqual({
      'Two fer > no name given': 'passed',
      'Two fer > a name given': 'failed',
    });
  });

  it('runs older ones: globals, CommonJS, xit, xdescribe', async () => {
    const { names, outcome } = await javascript({
      files: { 'sum.js': 'module.exports = { sum: (a, b) => a + b };' },
      tests: {
        'sum.spec.js': `const { sum } = require('./sum');
describe('sum', () => {
  it('adds', () => expect(sum(1, 2)).toBe(3));
  xit('adds more', () => expect(sum(2, 2)).toBe(4));
});
xdescribe('later', () => { it('adds zero', () => expect(sum(0, 0)).toBe(0)); });`,
      },
    });
    expect(names).toEqual(['sum > adds', 'sum > adds more', 'later > adds zero']);
    expect(outcome.outcome).toBe('passed');
  });

  it('leaves skipped tests out when told to, and todo tests always', async () => {
    const tests = {
      'a.spec.js': `test('one', () => {});
xtest('two', () => {}); test.skip('three', () => {}); describe.skip('s', () => { test('four', () => {}); });
test.todo('five');`,
    };
    expect((await javascript({ tests })).names).toEqual(['one', 'two', 'three', 's > four']);
    const skipping = await javascript({ tests, skipped: 'skip' });
    expect(skipping.names).toEqual(['one']);
    expect(skipping.outcome.outcome).toBe('passed');
  });

  it('does not let only hide the others', async () => {
    const { names } = await javascript({
      tests: { 'a.spec.js': `test('one', () => {}); test.only('two', () => {});` },
    });
    expect(names).toEqual(['one', 'two']);
  });

  it('names the rows of each, from lists, objects and templates', async () => {
    const { names, outcome } = await javascript({
      tests: {
        'a.spec.js': `test.each([[1, 2], [2, 4]])('%i doubled is %i', (a, b) => { expect(a * 2).toBe(b); });
test.each(['x', 'y'])('letter %s #%#', (letter) => { expect(letter).toHaveLength(1); });
describe.each([{ n: 3, half: 1.5 }])('half of $n', ({ n, half }) => { it('is right', () => expect(n / 2).toBe(half)); });
test.each\`a | b
\${1} | \${1}
\${2} | \${3}\`('$a is $b', ({ a, b }) => { expect(a).toBe(b); });`,
      },
    });
    expect(names).toEqual([
      '1 doubled is 2',
      '2 doubled is 4',
      'letter x #0',
      'letter y #1',
      'half of 3 > is right',
      '1 is 1',
      '2 is 3',
    ]);
    expect(outcome).toMatchObject({ outcome: 'failed', passed: 6, failed: 1 });
  });

  it('runs hooks, callbacks, promises and mocks', async () => {
    const { outcome } = await javascript({
      tests: {
        'a.spec.js': `const log = [];
beforeAll(() => { log.push('all'); });
beforeEach((done) => { log.push('each'); setTimeout(done, 1); });
afterEach(() => { log.push('after'); });
test('waits for a callback', (done) => { setTimeout(() => { expect(log).toEqual(['all', 'each']); done(); }, 1); });
test('waits for a promise', async () => { await null; expect(log).toEqual(['all', 'each', 'after', 'each']); });
test('mocks', () => { const f = jest.fn(() => 1); f(2); expect(f).toHaveBeenCalledWith(2); });
test('rejects', async () => { await expect(Promise.reject(new TypeError('no'))).rejects.toThrow(TypeError); });`,
      },
    });
    expect(outcome).toMatchObject({ outcome: 'passed', total: 4 });
  });

  it('runs tests written for node:test and node:assert', async () => {
    const { names, outcome } = await javascript({
      files: source,
      tests: {
        'a.test.js': `import test, { describe, it, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { twoFer } from './two-fer.js';
let fresh = 0;
beforeEach(() => { fresh++; });
test('top', async (t) => { await t.test('inner', () => { assert.equal(twoFer(), 'One for you, one for me.'); }); });
describe('group', () => { it('fails', () => { assert.deepEqual([fresh], [0]); }); });
test('with options', { timeout: 1000 }, (t) => { t.mock.fn(); assert.ok(true); });`,
      },
    });
    expect(names).toEqual(['top', 'group > fails', 'with options']);
    expect(statuses(outcome)).toEqual({
      top: 'passed',
      'group > fails': 'failed',
      'with options': 'passed',
    });
    expect(outcome.results[1]).toMatchObject({ expected: '[ 0 ]', actual: '[ 3 ]' });
  });

  it('takes matchers of its own by expect.extend', async () => {
    const { outcome } = await javascript({
      tests: {
        'a.spec.js': `expect.extend({ toBeEven: (n) => ({ pass: n % 2 === 0, message: () => n + ' is odd' }) });
test('even', () => { expect(2).toBeEven(); expect({ n: 4 }).toEqual({ n: expect.toBeEven() }); });
test('odd', () => { expect(3).toBeEven(); });`,
      },
    });
    expect(statuses(outcome)).toEqual({ even: 'passed', odd: 'failed' });
    expect(outcome.results[1]?.message).toBe('3 is odd');
  });

  it('reports expected and actual, message and output of what failed', async () => {
    const { outcome } = await javascript({
      files: source,
      tests: {
        'a.spec.js': `import { twoFer } from './two-fer';
test('equals', () => { console.log('printed'); expect(twoFer('Bob')).toBe('Bob'); });
test('throws', () => { undefinedFunction(); });`,
      },
    });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      output: expect.stringContaining('printed'),
      failure: {
        kind: 'assertion',
        message: expect.stringContaining('equals: expect(received).toBe'),
      },
    });
    expect(outcome.results).toMatchObject([
      { status: 'failed', expected: "'Bob'", actual: "'One for Bob, one for me.'" },
      { status: 'failed', message: 'ReferenceError: undefinedFunction is not defined' },
    ]);
  });

  it('cuts long output in the middle and shows no folder of the host', async () => {
    const { outcome } = await javascript({
      tests: {
        'a.spec.js': `test('prints', () => { for (let i = 0; i < 5000; i++) console.log('line ' + i); console.log(process.cwd() + '/x', process.argv[0]); });`,
      },
    });
    expect(outcome.output.length).toBeLessThan(9000);
    expect(outcome.output).toContain('line 0\n');
    expect(outcome.output).toContain('characters left out');
    expect(outcome.output).not.toContain('org-sandbox');
  });

  it('goes on after a test that hangs, and after hooks that fail', async () => {
    const { outcome } = await javascript({
      tests: {
        'a.spec.js': `test('hangs', () => new Promise(() => {}), 200); test('goes on', () => {});`,
      },
    });
    expect(statuses(outcome)).toEqual({ hangs: 'failed', 'goes on': 'passed' });
    const hook = await javascript({
      tests: { 'a.spec.js': `afterAll(() => { throw new Error('no'); }); test('one', () => {});` },
    });
    expect(hook.outcome).toMatchObject({ outcome: 'failed', failure: { kind: 'crash' } });
  });

  it('keeps two tests of one name apart, and two files', async () => {
    const { names, outcome } = await javascript({
      tests: {
        'a.spec.js': `test('x', () => {}); test('x', () => { throw new Error('second'); });`,
        'b.spec.js': `test('x', () => {});`,
      },
    });
    expect(names).toEqual(['a.spec.js > x', 'a.spec.js > x (2)', 'b.spec.js > x']);
    expect(outcome).toMatchObject({ passed: 2, failed: 1 });
  });

  it('imports fixtures and helpers of the task, and keeps the state of a module single', async () => {
    const { outcome } = await javascript({
      files: {
        'counter.js': 'let n = 0; export const next = () => ++n;',
        'lib/use.js': "import { next } from '../counter.js'; export const use = () => next();",
      },
      support: {
        'data.json': '{"answer": 42}',
        'help/read.js': 'export const text = "help";',
        'note.txt': 'a note',
      },
      tests: {
        'a.spec.js': `import { next } from './counter';
import { use } from './lib/use';
import data from './data.json';
import note from './note.txt';
import { text } from './help/read';
import fs from 'node:fs';
test('all', () => { next(); expect(use()).toBe(2); expect([data.answer, text, note]).toEqual([42, 'help', 'a note']);
  expect(JSON.parse(fs.readFileSync('data.json', 'utf8')).answer).toBe(42); });`,
      },
    });
    expect(outcome.results[0]?.message).toBeNull();
    expect(outcome.outcome).toBe('passed');
  });

  it.each([
    ['a file of the host', `import '/etc/passwd';`],
    ['a file above the task', `import '../../../../etc/passwd';`],
    ['a file of the host by its URL', `import 'file:///etc/passwd';`],
    ['a package', `import 'esbuild';`],
    ['a package of this repository', `import '@org/events';`],
    ['a data URL', `import 'data:text/javascript,export default 1';`],
    [
      'every file of a folder of the host',
      "export const f = (n) => import('../../../../etc/' + n);",
    ],
  ])('inlines nothing of the host: %s', async (_, code) => {
    const outcome = await runner.run({
      language: 'javascript',
      files: [{ path: 'a.js', content: `${code}\nexport const a = 1;` }],
      tests: [{ path: 'a.spec.js', content: `import { a } from './a'; test('a', () => {});` }],
      expected: ['a'],
    });
    expect(outcome.outcome === 'failed' && outcome.failure.kind).toBe('syntax');
  });

  it('strips types, enums and decorator-free classes of TypeScript, .js for .ts too', async () => {
    const { outcome } = await typescript({
      files: {
        'shape.ts': `export interface Shape { readonly side: number }
export enum Unit { cm = 'cm' }
export class Square implements Shape { constructor(public readonly side: number, private unit: Unit = Unit.cm) {} area(): string { return \`\${this.side ** 2} \${this.unit}\`; } }`,
      },
      tests: {
        'shape.test.ts': `import { describe, it, expect, xit } from '@jest/globals';
import { Square, type Shape } from './shape.js';

describe('Square', () => { it('has an area', () => { const s: Shape & Square = new Square(3); expect(s.area()).toBe('9 cm'); }); xit('again', () => {}); });`,
      },
    });
    expect(outcome).toMatchObject({ outcome: 'passed', total: 2 });
  });

  it('collects against stubs: classes to extend, constants to loop over, default exports', async () => {
    const request = {
      language: 'javascript' as const,
      files: [{ path: 'a.js', content: 'not even JavaScript (' }],
      tests: [
        {
          path: 'a.spec.js',
          content: `import Base, { LIST, make } from './a'; import * as all from './a';
class Derived extends Base { get() { return super.get(); } }
const first = make().with(LIST[0]);
for (const item of LIST) test('never ' + item, () => {});
test('uses', () => { throw new Error('a body ran'); });
test(\`constant \${LIST}\`, () => { all.whatever(); });`,
        },
      ],
    };
    expect(await runner.collect(request)).toEqual({
      ok: true,
      names: ['uses', 'constant [a.js.LIST]'],
    });
  });
});
