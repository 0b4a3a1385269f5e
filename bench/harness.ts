/** What the benchmarks have in common: interleaved rounds, medians, one table, one last line of JSON. */

export interface Variant {
  readonly name: string;
  /** One round of its work; checks itself that the work was done. */
  readonly run: () => Promise<void> | void;
}

export interface Timing {
  /** Elapsed, in ms. */
  readonly wallMs: number;
  /** CPU of the whole process, user and system, in ms: the steadier figure on a busy machine. */
  readonly cpuMs: number;
}

/**
 * Runs the variants A B C A B C …, so that whatever else the machine does meets all alike, and gives
 * each one's medians. The first rounds warm up and are not counted.
 */
export async function interleave(
  variants: readonly Variant[],
  { rounds, warmUps = 1 }: { readonly rounds: number; readonly warmUps?: number },
): Promise<ReadonlyMap<string, Timing>> {
  const timings = new Map<string, Timing[]>(variants.map(({ name }) => [name, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const { name, run } of variants) {
      const timing = await timed(run);
      if (round >= 0) timings.get(name)?.push(timing);
    }
  }
  return new Map(
    [...timings].map(([name, all]) => [
      name,
      {
        wallMs: median(all.map(({ wallMs }) => wallMs)),
        cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
      },
    ]),
  );
}

export async function timed(run: () => Promise<void> | void): Promise<Timing> {
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1_000 };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** A limit that a ratio must keep. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** Prints the last line, which says how each ratio stands to its goal. */
export function conclude(
  bench: string,
  ratios: Readonly<Record<string, number>>,
  goals: Readonly<Record<string, Goal>>,
): void {
  const missed = Object.entries(goals).filter(([name, goal]) => {
    const ratio = ratios[name] ?? Number.NaN;
    return 'atMost' in goal ? !(ratio <= goal.atMost) : !(ratio >= goal.atLeast);
  });
  const said = Object.entries(goals).map(([name, goal]) => [
    name,
    'atMost' in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`,
  ]);
  const rounded = Object.entries(ratios).map(([name, ratio]) => [
    name,
    Number(ratio.toPrecision(3)),
  ]);
  console.log(
    JSON.stringify({
      bench,
      ratios: Object.fromEntries(rounded),
      goals: Object.fromEntries(said),
      missed: missed.map(([name]) => name),
    }),
  );
}
