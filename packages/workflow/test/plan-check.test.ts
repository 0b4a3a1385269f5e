import type { PlannedModule } from '@org/events';
import { describe, expect, it } from 'vitest';
import { givenTestsOf, mentionsModule } from '../src/plan/given-tests.ts';
import { dependencyCycle, inDependencyOrder } from '../src/plan/module-order.ts';
import { planFaults } from '../src/plan/plan-check.ts';
import { parsePlan } from '../src/signatures/plan.ts';

const module = (name: string, ...dependsOn: string[]): PlannedModule => ({
  name,
  purpose: 'is useful',
  dependsOn,
});
const task = { language: 'javascript' as const, files: [] };

describe('a plan is refused for', () => {
  it.each([
    ['no modules', [], 'no modules'],
    ['an absolute file name', [module('/etc/passwd.js')], 'absolute'],
    ['a way out of the folder', [module('../up.js')], '..'],
    ['a file of another language', [module('a.py')], 'must end in'],
    ['a test file', [module('a.test.js')], 'test file'],
    ['a name twice', [module('a.js'), module('a.js')], 'more than once'],
    ['an unknown dependency', [module('a.js', 'b.js')], 'no module of the plan'],
    ['a dependency on itself', [module('a.js', 'a.js')], 'depends on itself'],
    ['a dependency twice', [module('b.js'), module('a.js', 'b.js', 'b.js')], 'twice'],
    ['a circle', [module('a.js', 'b.js'), module('b.js', 'a.js')], 'a.js -> b.js -> a.js'],
    ['no purpose', [{ ...module('a.js'), purpose: ' ' }], 'no purpose'],
    ['too many modules', Array.from({ length: 13 }, (_, n) => module(`m${n}.js`)), 'at most 12'],
  ])('%s', (_, plan, fault) => {
    expect(planFaults(plan, task).join(' ')).toContain(fault);
  });

  it('a name of Python’s own, which an import would not find, unless a given test has it so', () => {
    const python = { language: 'python' as const, files: [] };
    expect(planFaults([module('random.py')], python).join()).toContain('Python itself');
    expect(planFaults([module('os/walk.py')], python).join()).toContain('Python itself');
    expect(planFaults([module('dice.py'), module('tools/random.py')], python)).toEqual([]);
    const content = 'from queue import Queue\n';
    const files = [{ path: 'queue_test.py', content, kind: 'test' as const }];
    expect(planFaults([module('queue.py')], { ...python, files })).toEqual([]);
    expect(planFaults([module('random.js')], task)).toEqual([]);
  });

  it('names that differ in case only, among each other or from given files', () => {
    expect(planFaults([module('Sum.js'), module('sum.js')], task).join()).toContain('case only');
    const files = [{ path: 'Sum.js', content: '', kind: 'source' as const }];
    expect(planFaults([module('sum.js')], { ...task, files }).join()).toContain('case only');
    expect(planFaults([module('Sum.js')], { ...task, files })).toEqual([]);
  });

  it('its size alone, in no time, however large it is', () => {
    const names = Array.from({ length: 200_000 }, (_, n) => `m${n}.js`);
    const plan = names.map((name, n) => module(name, names[n + 1] ?? 'm0.js'));
    expect(planFaults(plan, task)).toEqual([
      'The plan has 200000 modules; at most 12 are allowed.',
    ]);
  });

  it('a given test that imports none of its files', () => {
    const files = [
      { path: 'x.test.js', content: "import { x } from './x.js';", kind: 'test' as const },
    ];
    expect(planFaults([module('y.js')], { ...task, files }).join()).toContain('imports none');
    expect(planFaults([module('x.js')], { ...task, files })).toEqual([]);
  });

  it('nothing when it is fine, and may depend on given source files', () => {
    const files = [{ path: 'old.js', content: '', kind: 'source' as const }];
    expect(
      planFaults([module('b.js'), module('a.js', 'b.js', 'old.js')], { ...task, files }),
    ).toEqual([]);
  });
});

describe('a planner’s answer', () => {
  const options = { ...task, mayAsk: true };
  it('is read from bare, fenced and chatty JSON', () => {
    const json = '{"modules":[{"name":"./a.js","purpose":"p","dependsOn":[]}],"questions":[]}';
    for (const text of [json, `\`\`\`json\n${json}\n\`\`\``, `Sure! ${json} Good luck.`])
      expect(parsePlan(text, options)).toMatchObject({
        ok: true,
        answer: { modules: [{ name: 'a.js' }] },
      });
  });
  it('may be a question, unless it has asked often enough', () => {
    const text = '{"modules":[],"questions":["Which?"]}';
    expect(parsePlan(text, options)).toMatchObject({ ok: true, answer: { questions: ['Which?'] } });
    expect(parsePlan(text, { ...options, mayAsk: false })).toMatchObject({ ok: false });
  });
  it('is malformed when it is no JSON or of another shape', () => {
    expect(parsePlan('no idea', options)).toMatchObject({ outcome: 'malformed' });
    expect(parsePlan('{"modules":[{"name":1}]}', options)).toMatchObject({ outcome: 'malformed' });
  });
});

describe('modules', () => {
  it('are ordered by dependency, equals as planned', () => {
    const plan = [module('c.js', 'a.js'), module('b.js'), module('a.js')];
    expect(inDependencyOrder(plan).map((m) => m.name)).toEqual(['a.js', 'c.js', 'b.js']);
  });
  it('in a circle are named as a path', () => {
    expect(
      dependencyCycle([module('a.js', 'b.js'), module('b.js', 'c.js'), module('c.js', 'a.js')]),
    ).toEqual(['a.js', 'b.js', 'c.js', 'a.js']);
  });
});

describe('given tests', () => {
  it.each([
    ["import { x } from './validators.js';", true],
    ["import { x } from './validators';", true],
    ["import './lib/validators.ts';", true],
    ["const { x } = require('./validators');", true],
    ["await import('./validators.mjs')", true],
    ['from validators import x', true],
    ['import validators', true],
    ['import pkg.validators as v', true],
    ["import { x } from './email-validators.js';", false],
    ["// validators are tested here\nimport { y } from './other.js';", false],
  ])('%s', (content, mentioned) => {
    expect(mentionsModule(content, 'lib/validators.js')).toBe(mentioned);
  });

  it('are read in time that grows with their length, whatever blanks stand in them', () => {
    const blanks = 200_000;
    for (const content of [
      `import${' '.repeat(blanks)}`,
      '\n'.repeat(blanks),
      `from${'\t'.repeat(blanks)}`,
    ])
      expect(mentionsModule(content, 'a.js')).toBe(false);
  });

  it('judge the last module that they import', () => {
    const files = [
      { path: 'b.test.js', content: "import './a.js'; import './b.js';", kind: 'test' as const },
      { path: 'all.test.js', content: 'test("x", () => {});', kind: 'test' as const },
    ];
    const order = ['a.js', 'b.js', 'c.js'];
    const judges = (name: string) => givenTestsOf(name, { files, order }).map((file) => file.path);
    expect([judges('a.js'), judges('b.js'), judges('c.js')]).toEqual([
      [],
      ['b.test.js'],
      ['all.test.js'],
    ]);
  });
});
