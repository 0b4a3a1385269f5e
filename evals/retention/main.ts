// How much of what the next step of a task needs is still in a context of a given size?
//
//   node --conditions=@org/source evals/retention/main.ts [--queries 24] [--window 30] REPOSITORY...
//
// A repository is a git directory with its whole history, bare or not. See README.md for what is measured.
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCodeParser } from '@org/context';
import type { TokenCounter } from '@org/models';
import { loadMistralCounter } from '@org/models/mistral';
import { baselines } from './baselines.ts';
import { openRepository } from './git-repository.ts';
import { graphMethods, ours } from './graph-methods.ts';
import { type Budget, type Measured, measure } from './measure.ts';
import type { Method } from './method.ts';
import { queriesOf } from './query.ts';
import { report } from './report.ts';
import { unitBaselines } from './unit-baselines.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    queries: { type: 'string', default: '24' },
    window: { type: 'string', default: '30' },
    only: { type: 'string' },
  },
});
if (positionals.length === 0) {
  console.error('Give one or more git repositories with their whole history.');
  process.exit(2);
}

const budgets: readonly Budget[] = [
  { share: 0.02 },
  { share: 0.05 },
  { share: 0.1 },
  { share: 0.2 },
  { share: 0.3 },
  { tokens: 4_000 },
  { tokens: 12_000 },
];
const all: readonly Method[] = [...baselines, ...unitBaselines, ...graphMethods];
const methods =
  values.only === undefined
    ? all
    : all.filter(({ name }) => values.only?.split(',').includes(name));

await loadCodeParser();
const counter = byLine(await loadMistralCounter());
const measured: Measured[] = [];
for (const path of positionals) {
  const repository = openRepository(path);
  const name = basename(path.replace(/\/(repo|\.git)?\/?$/, ''));
  const options = { name, window: Number(values.window) };
  let asked = 0;
  for await (const query of queriesOf(repository, options)) {
    const one = await measure(query, { methods, budgets, counter, repeated: ours });
    if (one === null) continue;
    measured.push(one);
    asked += 1;
    console.error(`${name}: ${one.subject} (${one.facts.length} facts, ${one.fullTokens} tokens)`);
    if (asked === Number(values.queries)) break;
  }
}
const summary = report(measured, { budgets, ours: ours.name, print: (line) => console.log(line) });
console.log(JSON.stringify(summary));

/** Counts each line once: texts of one history are made of the same lines. */
function byLine(exact: TokenCounter): TokenCounter {
  const known = new Map<string, number>();
  return {
    exact: exact.exact,
    count(text) {
      const lines = text.split('\n');
      let sum = exact.count('\n'.repeat(lines.length - 1));
      for (const line of lines) {
        const tokens = known.get(line) ?? exact.count(line);
        known.set(line, tokens);
        sum += tokens;
      }
      return sum;
    },
  };
}
