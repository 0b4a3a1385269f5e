import { type BuildOptions, type BuildResult, build, stop } from 'esbuild';

const buildMs = 10_000;

/** This very input makes esbuild crash or hang. */
export class UnbuildableError extends Error {
  constructor() {
    super('The code is nested too deeply, or too large, to be parsed.');
    this.name = 'UnbuildableError';
  }
}

type InMemory = BuildOptions & { readonly write: false };

/**
 * `build`, for input that nobody can vouch for.
 *
 * All builds share one esbuild process, which deep nesting can crash (its stack has a limit) and
 * which is then never started again by itself. So:
 * 1. A build that fails with the process is tried again, alone: whatever crashes then is to blame.
 * 2. Nothing else is built meanwhile, so that no other build suffers for it twice.
 * 3. A build that takes longer than ten seconds counts as a crash.
 *
 * @throws BuildFailure as esbuild does; UnbuildableError
 */
export async function buildUntrusted(options: InMemory): Promise<BuildResult<InMemory>> {
  await alone;
  const first = await attempt(options);
  if (first !== 'crashed') return first;
  return inTurn(async () => {
    await stop();
    const second = await attempt(options);
    if (second !== 'crashed') return second;
    await stop();
    throw new UnbuildableError();
  });
}

/** Settles when nobody builds alone any more. */
let alone: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = alone.then(work);
  alone = turn.catch(() => {});
  return turn;
}

async function attempt(options: InMemory): Promise<BuildResult<InMemory> | 'crashed'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'crashed'>((resolve) => {
    timer = setTimeout(() => resolve('crashed'), buildMs);
  });
  try {
    return await Promise.race([build(options), late]);
  } catch (error) {
    if (
      error instanceof Error &&
      /service (was stopped|is no longer running)/.test(error.message)
    ) {
      return 'crashed';
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
