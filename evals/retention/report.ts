import { families } from './facts.ts';
import { type Budget, budgetName, type Kept, type Measured } from './measure.ts';
import { bootstrap, type Estimate, mean, percentile } from './statistics.ts';

/** What the claim of the package asks for (strict, macro over the queries, in percent). */
const goals = {
  'strict at 10 %': { atLeast: 85 },
  'over flat at 10 %': { atLeast: 40 },
  'over BM25 same units at 10 %': { atLeast: 15 },
  'strict at 4000 tok': { atLeast: 70 },
  'strict at 30 %': { atLeast: 92 },
} as const;

export interface Report {
  readonly eval: 'retention';
  readonly repositories: readonly string[];
  readonly queries: number;
  readonly facts: number;
  readonly results: Readonly<Record<string, number>>;
  readonly goals: Readonly<Record<string, { readonly atLeast: number }>>;
  readonly missed: readonly string[];
}

/** Prints the tables; gives what stands in the last line. */
export function report(
  measured: readonly Measured[],
  options: {
    readonly budgets: readonly Budget[];
    readonly ours: string;
    readonly print: (line: string) => void;
  },
): Report {
  const { ours, print } = options;
  const budgets = options.budgets.map(budgetName);
  const methods = [...new Set(measured.flatMap(({ kept }) => kept.map(({ method }) => method)))];
  const of = (method: string, budget: string): readonly Kept[] =>
    measured.flatMap(({ kept }) =>
      kept.filter((one) => one.method === method && one.budget === budget),
    );
  const strict = (method: string, budget: string) =>
    of(method, budget).map((one) => 100 * one.strict);
  const facts = measured.reduce((sum, one) => sum + one.facts.length, 0);
  const full = measured.map(({ fullTokens }) => fullTokens).toSorted((a, b) => a - b);

  print(
    `${measured.length} queries, ${facts} facts; whole history ${full[0]} to ${full.at(-1)} tokens, median ${percentile(full, 0.5)}`,
  );
  print('\nFacts kept, strict (lenient), in percent, macro over the queries');
  print(row('', budgets));
  for (const method of methods)
    print(
      row(
        method,
        budgets.map((budget) => {
          const kept = of(method, budget);
          return `${percent(mean(kept.map((one) => one.strict)))} (${percent(mean(kept.map((one) => one.lenient)))})`;
        }),
      ),
    );

  for (const budget of ['10 %', '30 %', '4000 tok']) {
    print(`\nStrict by family at ${budget}`);
    print(row('', families));
    for (const method of methods)
      print(
        row(
          method,
          families.map((family) => {
            const values = of(method, budget).flatMap((one) => one.byFamily[family] ?? []);
            return values.length === 0 ? '–' : percent(mean(values));
          }),
        ),
      );
  }

  print(`\n${ours} against the others: points more, strict [95 %], wins/ties/losses`);
  print(row('', ['10 %', '4000 tok', '30 %']));
  for (const other of methods.filter((method) => method !== ours))
    print(
      row(
        other,
        ['10 %', '4000 tok', '30 %'].map((budget) =>
          paired(strict(ours, budget), strict(other, budget)),
        ),
      ),
    );

  print('\nStrict by repository at 10 % and 4 000 tokens');
  const repositories = [...new Set(measured.map(({ repository }) => repository))];
  for (const repository of repositories) {
    const own = measured.filter((one) => one.repository === repository);
    const at = (method: string, budget: string) =>
      percent(
        mean(
          own.flatMap(({ kept }) =>
            kept
              .filter((one) => one.method === method && one.budget === budget)
              .map((one) => one.strict),
          ),
        ),
      );
    print(
      row(`${repository} (${own.length})`, [
        `${ours} ${at(ours, '10 %')} ${at(ours, '4000 tok')}`,
        `flat ${at('flat summary', '10 %')}`,
        `BM25 ${at('BM25 same units', '10 %')}`,
      ]),
    );
  }

  const times = measured.flatMap(({ kept }) =>
    kept.filter((one) => one.method === ours && one.budget === '4000 tok').map(({ ms }) => ms),
  );
  const deterministic = measured.every((one) => one.deterministic);
  const over = measured.flatMap(({ kept }) => kept.filter((one) => one.tokens > one.maxTokens));
  print(
    `\nA context of 4 000 tokens: p50 ${percentile(times, 0.5).toFixed(1)} ms, p95 ${percentile(times, 0.95).toFixed(1)} ms`,
  );
  print(
    `Built and asked twice, the text was ${deterministic ? 'the same for every query' : 'NOT always the same'}`,
  );
  print(`Texts over their budget (scored as empty): ${over.length}`);

  const results = {
    'strict at 10 %': bootstrap(strict(ours, '10 %')).mean,
    'over flat at 10 %': difference(strict(ours, '10 %'), strict('flat summary', '10 %')).mean,
    'over BM25 same units at 10 %': difference(
      strict(ours, '10 %'),
      strict('BM25 same units', '10 %'),
    ).mean,
    'strict at 4000 tok': bootstrap(strict(ours, '4000 tok')).mean,
    'strict at 30 %': bootstrap(strict(ours, '30 %')).mean,
  };
  const missed = Object.entries(goals)
    .filter(([name, { atLeast }]) => !(results[name as keyof typeof goals] >= atLeast))
    .map(([name]) => name);
  return {
    eval: 'retention',
    repositories,
    queries: measured.length,
    facts,
    results: Object.fromEntries(
      Object.entries(results).map(([name, value]) => [name, Number(value.toFixed(1))]),
    ),
    goals,
    missed: deterministic ? missed : [...missed, 'deterministic'],
  };
}

function difference(a: readonly number[], b: readonly number[]): Estimate {
  return bootstrap(a.map((value, i) => value - (b[i] ?? 0)));
}

function paired(a: readonly number[], b: readonly number[]): string {
  const { mean: points, low, high } = difference(a, b);
  const wins = a.filter((value, i) => value > (b[i] ?? 0)).length;
  const losses = a.filter((value, i) => value < (b[i] ?? 0)).length;
  return `${signed(points)} [${signed(low)}, ${signed(high)}] ${wins}/${a.length - wins - losses}/${losses}`;
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(26)}${cells.map((cell) => cell.padEnd(cells.length > 4 ? 12 : 34)).join('')}`.trimEnd();
}

function percent(share: number): string {
  return String(Math.round(100 * share));
}

function signed(points: number): string {
  return `${points >= 0 ? '+' : ''}${points.toFixed(1)}`;
}
