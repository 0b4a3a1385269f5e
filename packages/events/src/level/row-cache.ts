/** What was opened of the database and never changes, up to a number of bytes: the least recently used goes first. */
export interface RowCache<Row> {
  get(key: string): Row | undefined;
  set(key: string, row: Row): void;
  drop(key: string): void;
}

export function createRowCache<Row extends { readonly byteLength: number }>(
  mostBytes: number,
): RowCache<Row> {
  const rows = new Map<string, Row>();
  let bytes = 0;
  return {
    get(key) {
      const row = rows.get(key);
      if (row === undefined) return undefined;
      rows.delete(key);
      rows.set(key, row);
      return row;
    },
    drop(key) {
      bytes -= rows.get(key)?.byteLength ?? 0;
      rows.delete(key);
    },
    set(key, row) {
      if (rows.has(key)) return;
      rows.set(key, row);
      bytes += row.byteLength;
      for (const [oldest, { byteLength }] of rows) {
        if (bytes <= mostBytes) break;
        rows.delete(oldest);
        bytes -= byteLength;
      }
    },
  };
}
