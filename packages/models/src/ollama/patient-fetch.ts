/** Node's own fetch lets a host take so long, in ms, to begin its answer or to go on with it. */
const nodePatience = 300_000;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

let unlimited: Promise<Fetch> | undefined;

/**
 * A fetch that has no limit of its own below this time: a prompt of 30 000 tokens takes a CPU longer than
 * Node's 5 minutes. Short questions, as those of a start, load no client beside Node's.
 *
 * @param timeoutMs What the caller bounds the request to
 */
export async function patientFetch(timeoutMs: number): Promise<Fetch> {
  if (timeoutMs < nodePatience) return fetch;
  unlimited ??= withoutLimits();
  return unlimited;
}

async function withoutLimits(): Promise<Fetch> {
  const undici = await import('undici');
  const dispatcher = new undici.Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 10_000 },
  });
  // undici's fetch is the one in Node, typed by its own package.
  return async (url, init) =>
    (await undici.fetch(url, { ...(init as object), dispatcher })) as unknown as Response;
}
