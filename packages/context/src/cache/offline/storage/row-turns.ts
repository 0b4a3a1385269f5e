import { rename } from 'node:fs/promises';
import {
  OfflineCacheClosedError,
  OfflineCacheDamagedError,
  OfflineCacheSaveError,
  OfflineCacheUnavailableError,
} from '../../../errors/offline-cache-errors.ts';
import { isDamage } from './damage.ts';
import type { Change, RowStore } from './row-store.ts';

/**
 * The rows of a folder, one reader or writer at a time. What cannot be read is put aside with all the rest,
 * and an empty folder takes its place.
 */
export class RowTurns {
  readonly path: string;
  readonly damages: OfflineCacheDamagedError[] = [];
  readonly #openRows: (path: string) => Promise<RowStore>;
  readonly #onDamage: (error: OfflineCacheDamagedError) => void;
  #rows: RowStore | null = null;
  #turns: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;

  /** @param options.onDamage Told when everything was put aside; nothing that was read before holds any more. */
  constructor(options: {
    readonly path: string;
    readonly openRows: (path: string) => Promise<RowStore>;
    readonly onDamage: (error: OfflineCacheDamagedError) => void;
  }) {
    this.path = options.path;
    this.#openRows = options.openRows;
    this.#onDamage = options.onDamage;
  }

  async open(): Promise<void> {
    try {
      this.#rows = await this.#openRows(this.path);
    } catch (cause) {
      if (!isDamage(cause)) throw new OfflineCacheUnavailableError({ path: this.path, cause });
      await this.#putAside(cause);
    }
  }

  /** Runs when all turns before it have ended. @throws OfflineCacheClosedError */
  turn<Result>(run: (rows: RowStore) => Promise<Result>): Promise<Result> {
    if (this.#closing !== null) return Promise.reject(new OfflineCacheClosedError());
    const result = this.#turns.then(() => {
      if (this.#rows === null) throw new OfflineCacheClosedError();
      return run(this.#rows);
    });
    this.#turns = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Reads in its turn; `otherwise` when what is there turned out to be damaged. */
  read<Result>(otherwise: Result, read: (rows: RowStore) => Promise<Result>): Promise<Result> {
    return this.turn(async (rows) => {
      try {
        return await read(rows);
      } catch (cause) {
        if (!isDamage(cause)) throw cause;
        await this.#putAside(cause);
        return otherwise;
      }
    });
  }

  /** Changes in its turn; when what is there turned out to be damaged, once more on what takes its place. */
  change<Result>(change: (rows: RowStore) => Promise<Result>): Promise<Result> {
    return this.turn(async (rows) => {
      try {
        return await change(rows);
      } catch (cause) {
        if (cause instanceof OfflineCacheSaveError || !isDamage(cause)) throw cause;
        return change(await this.#putAside(cause));
      }
    });
  }

  /** Changes all of these rows or none; to be called in a turn. @throws OfflineCacheSaveError */
  async write(rows: RowStore, changes: readonly Change[]): Promise<void> {
    try {
      await rows.write(changes);
    } catch (cause) {
      throw new OfflineCacheSaveError({ path: this.path, cause });
    }
  }

  /** Waits for the turns that were asked for. Closing twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#turns.then(() => this.#rows?.close());
    return this.#closing;
  }

  /** Moves the folder aside and opens an empty one. */
  async #putAside(cause: unknown): Promise<RowStore> {
    await this.#rows?.close().catch(() => undefined);
    this.#rows = null;
    const keptAt = await movedAside(this.path);
    const rows = await this.#openRows(this.path);
    this.#rows = rows;
    const error = new OfflineCacheDamagedError({ path: this.path, keptAt, cause });
    this.damages.push(error);
    this.#onDamage(error);
    return rows;
  }
}

/** Moves a folder to the first free name beside it. */
async function movedAside(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const keptAt = `${path}.damaged-${number}`;
    try {
      await rename(path, keptAt);
      return keptAt;
    } catch (cause) {
      const taken =
        cause instanceof Error &&
        'code' in cause &&
        (cause.code === 'ENOTEMPTY' || cause.code === 'EEXIST');
      if (!taken) throw new OfflineCacheUnavailableError({ path, cause });
    }
  }
}
