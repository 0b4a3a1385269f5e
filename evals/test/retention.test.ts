import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCodeParser } from '@org/context';
import { estimatingCounter } from '@org/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baselines } from '../retention/baselines.ts';
import { factsOf } from '../retention/facts.ts';
import { openRepository } from '../retention/git-repository.ts';
import { graphMethods, ours } from '../retention/graph-methods.ts';
import { historyText } from '../retention/history-text.ts';
import { measure } from '../retention/measure.ts';
import { type Query, queriesOf } from '../retention/query.ts';
import { score } from '../retention/score.ts';
import { bootstrap } from '../retention/statistics.ts';
import { eventsOf } from '../retention/task-history.ts';
import { unitBaselines } from '../retention/unit-baselines.ts';
import { makeRepository } from './made-up-repository.ts';

const folder = mkdtempSync(join(tmpdir(), 'retention-'));
const counter = estimatingCounter('other');
let query: Query;

beforeAll(async () => {
  await loadCodeParser();
  makeRepository(folder);
  for await (const found of queriesOf(openRepository(folder), { name: 'made-up', window: 5 }))
    query = found;
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the retention eval', () => {
  it('asks about the last commit, from the module that it changes most', () => {
    expect(query).toMatchObject({
      subject: 'feat: greet by the whole name and remember the user',
      module: 'src/app.ts',
    });
    expect(query.history.steps).toHaveLength(5);
    expect(query.history.files.get('src/store.ts')).toContain('?? undefined');
  });

  it('makes facts of what the commit needed, and none of what is only in the commit', () => {
    const facts = factsOf(query).map(({ family, strict }) => `${family} ${strict.join(' ')}`);
    expect(facts).toEqual([
      'api-h1 src/format.ts functionformatName(user:User,options:FormatOptions={}):string',
      'api-h1 src/store.ts functionloadUser(id:Id):User|undefined',
      'api-h1 src/store.ts functionsaveUser(user:User):void',
      'api-h2 src/types.ts interfaceUser{id:Id;firstName:string;lastName:string;}',
      'api-h2 src/format.ts interfaceFormatOptions{short?:boolean;}',
      'api-h2 src/types.ts typeId=string|number',
      'why fix:keepthestorefromlosingusers',
      'test test/app.test.ts',
      'edit src/store.ts returnusers.get(id)??undefined;',
    ]);
  });

  it('finds every fact in the whole history and none in nothing', () => {
    const facts = factsOf(query);
    const whole = score(historyText(query.history), facts);
    expect(whole.every(({ strict, lenient }) => strict && lenient)).toBe(true);
    expect(score('', facts).some(({ strict, lenient }) => strict || lenient)).toBe(false);
    expect(
      score('see src/format.ts for formatName', facts).filter((one) => one.lenient),
    ).toHaveLength(1);
  });

  it('puts nothing of the next commit into the events', () => {
    const log = JSON.stringify(eventsOf(query.history, 't'));
    expect(log).toContain('keep the store from losing users');
    expect(log).not.toContain('remember the user');
    expect(log).not.toContain('String(id)');
  });

  it('measures every method within its budget, on the real cache', async () => {
    const methods = [...baselines, ...unitBaselines, ...graphMethods];
    const budgets = [{ share: 0.1 }, { share: 1 }, { tokens: 400 }];
    const result = await measure(query, { methods, budgets, counter, repeated: ours });
    if (result === null) throw new Error('not measured');
    expect(result.deterministic).toBe(true);
    expect(result.kept).toHaveLength(methods.length * budgets.length);
    for (const { method, tokens, maxTokens } of result.kept)
      expect(tokens, method).toBeLessThanOrEqual(maxTokens);
    const strict = (method: string, budget: string) =>
      result.kept.find((one) => one.method === method && one.budget === budget)?.strict;
    expect(strict('networked cache', '100 %')).toBe(1);
    expect(strict('last-N', '100 %')).toBe(1);
    expect(strict('flat summary', '100 %')).toBeLessThan(1);
    expect(strict('networked cache', '400 tok')).toBeGreaterThan(
      strict('flat summary', '400 tok') ?? 1,
    );
  });

  it('runs as a command whose last line is one JSON object', () => {
    const main = join(import.meta.dirname, '../retention/main.ts');
    const args = ['--conditions=@org/source', main, '--window', '5', '--queries', '1', folder];
    const output = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' });
    const last = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ eval: 'retention', queries: 1, facts: 9 });
    expect(last.results['strict at 4000 tok']).toBe(100);
    expect(last.missed).toContain('strict at 10 %');
  });
});

describe('bootstrap', () => {
  it('gives the mean and an interval around it, the same each time', () => {
    const values = Array.from({ length: 100 }, (_, i) => i % 10);
    const { mean, low, high } = bootstrap(values);
    expect(mean).toBe(4.5);
    expect(low).toBeGreaterThan(3.5);
    expect(high).toBeLessThan(5.5);
    expect(low).toBeLessThan(4.3);
    expect(bootstrap(values)).toEqual({ mean, low, high });
  });
});
