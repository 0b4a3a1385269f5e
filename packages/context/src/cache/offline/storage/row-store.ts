import { crc32 } from 'node:zlib';
import { DamagedRowError } from './damage.ts';
import { openLevel } from './open-level.ts';

/** Text rows by key, each with a checksum of both: a row is damaged where it does not belong, too. */
export interface RowStore {
  get(key: string): Promise<string | undefined>;
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Rows whose keys begin with the prefix, in the order of their keys. */
  under(prefix: string, range?: Range): Promise<readonly Row[]>;
  /** Changes all of these rows or none; a null value deletes. */
  write(changes: readonly Change[]): Promise<void>;
  /** Deletes all rows but those whose keys begin with one of these. Interrupted, it leaves some of the others. */
  clear(options: { readonly except: readonly string[] }): Promise<void>;
  close(): Promise<void>;
}

export interface Range {
  /** @default all */
  readonly limit?: number;
  /** The last ones instead of the first, in reverse order. @default false */
  readonly last?: boolean;
  /** Rows in the form of format 3 and before too, whose checksums are of their values alone. @default false */
  readonly former?: boolean;
}

export interface Row {
  readonly key: string;
  readonly value: string;
}

export interface Change {
  readonly key: string;
  readonly value: string | null;
  /** The row's checksum, where it is known already. */
  readonly sum?: string | undefined;
}

/** Opens LevelDB in a folder, which is made when it is not there. */
export async function openLevelRows(path: string): Promise<RowStore> {
  const level = await openLevel(path);
  return {
    async get(key) {
      const stored = await level.get(key);
      return stored === undefined ? undefined : opened(key, stored);
    },
    async getMany(keys) {
      const values = await level.getMany([...keys]);
      return values.map((stored, index) =>
        stored === undefined ? undefined : opened(keys[index] ?? '', stored),
      );
    },
    async under(prefix, { limit = -1, last = false, former = false } = {}) {
      const open = former ? openedInAnyForm : opened;
      const rows: Row[] = [];
      const end = `${prefix}\uffff`;
      const iterator = level.iterator({ gte: prefix, lt: end, limit, reverse: last });
      try {
        for (;;) {
          const entries = await iterator.nextv(1_000);
          if (entries.length === 0) return rows;
          for (const [key, stored] of entries) rows.push({ key, value: open(key, stored) });
        }
      } finally {
        await iterator.close();
      }
    },
    async write(changes) {
      const batch = level.batch();
      for (const { key, value, sum } of changes) {
        if (value === null) batch.del(key);
        else batch.put(key, `${sum ?? rowChecksum(key, value)}:${value}`);
      }
      await batch.write();
    },
    async clear({ except }) {
      let from = '';
      for (const prefix of except.toSorted()) {
        await level.clear({ gte: from, lt: prefix });
        from = `${prefix}\uffff`;
      }
      await level.clear({ gte: from });
    },
    close: () => level.close(),
  };
}

/** Of a row, which is its value under its key: eight hexadecimal digits. */
export function rowChecksum(key: string, value: string): string {
  return digits(crc32(value, crc32(key)));
}

/** Of a text wherever it is: eight hexadecimal digits. */
export function checksum(text: string): string {
  return digits(crc32(text));
}

function digits(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}

function opened(key: string, stored: string): string {
  const value = stored.slice(9);
  if (stored.slice(0, 9) !== `${rowChecksum(key, value)}:`) throw new DamagedRowError(key);
  return value;
}

function openedInAnyForm(key: string, stored: string): string {
  const value = stored.slice(9);
  return stored.slice(0, 9) === `${checksum(value)}\n` ? value : opened(key, stored);
}
