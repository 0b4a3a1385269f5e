import { EventSourcedCache } from '@org/context';
import type { TokenCounter } from '@org/models';
import { type Fact, type Family, factsOf } from './facts.ts';
import { historyText, textEvents } from './history-text.ts';
import type { Method, Task } from './method.ts';
import type { Query } from './query.ts';
import { score } from './score.ts';
import { eventsOf } from './task-history.ts';

/** A budget as a share of the whole history, or in tokens. */
export type Budget = { readonly share: number } | { readonly tokens: number };

export function budgetName(budget: Budget): string {
  return 'share' in budget ? `${Math.round(budget.share * 100)} %` : `${budget.tokens} tok`;
}

/** What one method kept for one query at one budget. */
export interface Kept {
  readonly method: string;
  readonly budget: string;
  readonly tokens: number;
  readonly maxTokens: number;
  readonly strict: number;
  readonly lenient: number;
  /** Strict, by family; families without facts are left out. */
  readonly byFamily: Partial<Record<Family, number>>;
  readonly ms: number;
}

export interface Measured {
  readonly repository: string;
  readonly module: string;
  readonly subject: string;
  readonly facts: readonly Fact[];
  readonly fullTokens: number;
  readonly kept: readonly Kept[];
  /** Whether the graph's text was the same when built and asked again. */
  readonly deterministic: boolean;
}

/** Measures all methods on one query. Null when its commit shows too little to be asked about. */
export async function measure(
  query: Query,
  options: {
    readonly methods: readonly Method[];
    readonly budgets: readonly Budget[];
    readonly counter: TokenCounter;
    /** The method that must give the same text twice. */
    readonly repeated: Method;
  },
): Promise<Measured | null> {
  const facts = factsOf(query);
  if (facts.length < 5 || !facts.some(({ family }) => family === 'api-h1')) return null;
  const { counter } = options;
  const task = await taskOf(query, counter);
  const fullTokens = counter.count(historyText(query.history));
  const kept: Kept[] = [];
  for (const method of options.methods) {
    const write = method.prepare(task);
    for (const budget of options.budgets) {
      const maxTokens = 'share' in budget ? Math.floor(budget.share * fullTokens) : budget.tokens;
      const started = performance.now();
      const text = write(maxTokens);
      const ms = performance.now() - started;
      const tokens = counter.count(text);
      // Over budget counts as nothing kept: the scorer cuts no text for anyone.
      const scored = score(tokens > maxTokens ? '' : text, facts);
      const name = budgetName(budget);
      kept.push({
        method: method.name,
        budget: name,
        tokens,
        maxTokens,
        ms,
        ...sums(facts, scored),
      });
    }
  }
  const again = await taskOf(query, counter);
  const texts = [task, again].map((each) => options.repeated.prepare(each)(4_000));
  return {
    repository: query.repository,
    module: query.module,
    subject: query.subject,
    facts,
    fullTokens,
    kept,
    deterministic: texts[0] === texts[1],
  };
}

async function taskOf(query: Query, counter: TokenCounter): Promise<Task> {
  const cache = await new EventSourcedCache({ counter }).rebuildCache(
    eventsOf(query.history, query.repository),
  );
  return {
    subject: query.subject,
    module: query.module,
    history: query.history,
    events: textEvents(query.history),
    cache,
    counter,
  };
}

function sums(
  facts: readonly Fact[],
  scored: ReturnType<typeof score>,
): Pick<Kept, 'strict' | 'lenient' | 'byFamily'> {
  const share = (indices: readonly number[], kind: 'strict' | 'lenient') =>
    indices.filter((i) => scored[i]?.[kind]).length / indices.length;
  const all = facts.map((_, i) => i);
  const present = [...new Set(facts.map(({ family }) => family))];
  return {
    strict: share(all, 'strict'),
    lenient: share(all, 'lenient'),
    byFamily: Object.fromEntries(
      present.map((family) => [
        family,
        share(
          all.filter((i) => facts[i]?.family === family),
          'strict',
        ),
      ]),
    ),
  };
}
