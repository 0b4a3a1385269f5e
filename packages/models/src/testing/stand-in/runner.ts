import { isDeepStrictEqual } from 'node:util';
import { HttpFailure } from './http.ts';

/** The options that Ollama loads a model with: another value loads it again. */
const loadOptions = [
  'num_ctx',
  'num_batch',
  'num_gpu',
  'main_gpu',
  'use_mmap',
  'num_thread',
] as const;

/** A model in memory: loads when its options change, answers `parallel` requests at once. */
export interface Runner {
  readonly loads: number;
  readonly peak: number;
  /** Waits for its turn; then the model is loaded as asked, and `release` gives the turn back. */
  acquire(
    wanted: { readonly options: Readonly<Record<string, unknown>>; readonly shift: unknown },
    signal: AbortSignal,
  ): Promise<{ readonly loaded: boolean; readonly release: () => void }>;
  unload(): void;
  readonly isLoaded: boolean;
}

export function createRunner({
  parallel,
  maxQueue,
}: {
  readonly parallel: number;
  readonly maxQueue: number;
}): Runner {
  let loadedWith: unknown;
  let loads = 0;
  let peak = 0;
  let running = 0;
  const waiting: (() => void)[] = [];

  const turn = (signal: AbortSignal): Promise<void> => {
    if (running < parallel) return Promise.resolve();
    if (waiting.length >= maxQueue)
      throw new HttpFailure(
        503,
        'server busy, please try again.  maximum pending requests exceeded',
      );
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(new HttpFailure(499, 'request canceled'));
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(enter);
    });
  };

  return {
    get loads() {
      return loads;
    },
    get peak() {
      return peak;
    },
    get isLoaded() {
      return loadedWith !== undefined;
    },
    unload() {
      loadedWith = undefined;
    },
    async acquire({ options, shift }, signal) {
      const handedOver = running >= parallel;
      await turn(signal);
      if (!handedOver) running += 1; // else the one that left kept its place for us
      peak = Math.max(peak, running);
      const wanted = [shift ?? true, ...loadOptions.map((name) => options[name])];
      const loaded = !isDeepStrictEqual(wanted, loadedWith);
      if (loaded) loads += 1;
      loadedWith = wanted;
      let released = false;
      return {
        loaded,
        release() {
          if (released) return;
          released = true;
          const next = waiting.shift();
          if (next) next();
          else running -= 1;
        },
      };
    },
  };
}
