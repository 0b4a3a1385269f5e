import { crc32 } from 'node:zlib';
import { ClassicLevel } from 'classic-level';

/** Text rows by key, each with a checksum. */
export interface RowStore {
  get(key: string): Promise<string | undefined>;
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Rows whose keys begin with the prefix, in the order of their keys. */
  under(prefix: string, range?: Range): Promise<readonly Row[]>;
  /** Changes all of these rows or none; a null value deletes. */
  write(changes: readonly Change[]): Promise<void>;
  close(): Promise<void>;
}

export interface Range {
  /** @default all */
  readonly limit?: number;
  /** The last ones instead of the first, in reverse order. @default false */
  readonly last?: boolean;
}

export interface Row {
  readonly key: string;
  readonly value: string;
}

export interface Change {
  readonly key: string;
  readonly value: string | null;
  /** The value's checksum, where it is known already. */
  readonly sum?: string | undefined;
}

/** A row does not have the content that was written. */
export class DamagedRowError extends Error {
  readonly key: string;

  constructor(key: string) {
    super(`the row ${key} does not have its checksum`);
    this.name = 'DamagedRowError';
    this.key = key;
  }
}

/** Opens LevelDB in a folder, which is made when it is not there. */
export async function openLevelRows(path: string): Promise<RowStore> {
  const db = new ClassicLevel<string, string>(path);
  await db.open();
  return {
    async get(key) {
      return opened(key, await db.get(key));
    },
    async getMany(keys) {
      const values = await db.getMany([...keys]);
      return values.map((value, index) => opened(keys[index] ?? '', value));
    },
    async under(prefix, { limit = -1, last = false } = {}) {
      const rows: Row[] = [];
      const end = `${prefix}\uffff`;
      const iterator = db.iterator({ gte: prefix, lt: end, limit, reverse: last });
      try {
        for (;;) {
          const entries = await iterator.nextv(1_000);
          if (entries.length === 0) return rows;
          for (const [key, value] of entries) rows.push({ key, value: opened(key, value) ?? '' });
        }
      } finally {
        await iterator.close();
      }
    },
    async write(changes) {
      const batch = db.batch();
      for (const { key, value, sum } of changes) {
        if (value === null) batch.del(key);
        else batch.put(key, `${sum ?? checksum(value)}\n${value}`);
      }
      await batch.write();
    },
    close: () => db.close(),
  };
}

/** Eight hexadecimal digits. */
export function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

function opened(key: string, stored: string | undefined): string | undefined {
  if (stored === undefined) return undefined;
  const value = stored.slice(9);
  if (stored.slice(0, 9) !== `${checksum(value)}\n`) throw new DamagedRowError(key);
  return value;
}
