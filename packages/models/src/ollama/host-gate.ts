/** Lets a limited number of requests through to each host; the others wait in line. */

interface Gate {
  running: number;
  readonly waiting: { readonly limit: number; readonly enter: () => void }[];
}

/** One line per host, shared by all models and adapters of this process. */
const gates = new Map<string, Gate>();

/**
 * Waits for a place at the host.
 *
 * @returns what gives the place back; calling it twice is fine
 * @throws the signal's reason when aborted while waiting
 */
export async function enterHost(
  host: string,
  options: { readonly limit: number; readonly signal?: AbortSignal | undefined },
): Promise<() => void> {
  const { limit, signal } = options;
  signal?.throwIfAborted();
  const gate = gates.get(host) ?? { running: 0, waiting: [] };
  gates.set(host, gate);
  if (gate.running < limit && gate.waiting.length === 0) gate.running += 1;
  else await waitInLine(gate, { limit, signal });
  let left = false;
  return () => {
    if (left) return;
    left = true;
    gate.running -= 1;
    admit(gate);
    if (gate.running === 0 && gate.waiting.length === 0) gates.delete(host);
  };
}

function waitInLine(
  gate: Gate,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const place = {
      limit,
      enter: () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      },
    };
    const giveUp = () => {
      gate.waiting.splice(gate.waiting.indexOf(place), 1);
      admit(gate);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    gate.waiting.push(place);
  });
}

function admit(gate: Gate): void {
  for (let next = gate.waiting[0]; next && gate.running < next.limit; next = gate.waiting[0]) {
    gate.waiting.shift();
    gate.running += 1;
    next.enter();
  }
}
