import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { expect, it } from 'vitest';
import { copyStore, logFolder } from '../../src/cli/store-copy.ts';

const copies = 60;
/** Written while one copy is made: some five flushes. */
const burst = 400;

/** A small write buffer, so that tables are flushed and compacted all the while copies are made. */
it(`${copies} copies of a LevelDB under load are each one instant of it: no gap, nothing acknowledged missing`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'events-live-copy-'));
  const path = join(folder, 'store');
  const db = new ClassicLevel<string, string>(logFolder(path), { writeBufferSize: 262_144 });
  const tables = new Set<string>();
  let partly = 0;
  try {
    await db.open();
    let acknowledged = 0;
    const load = async () => {
      for (const end = acknowledged + burst; acknowledged < end; ) {
        const n = acknowledged + 1;
        // Two keys per append, far apart, so that a torn append would show.
        const value = `${n} ${randomBytes(1_000).toString('base64')}`;
        await db.batch([
          { type: 'put', key: `a${keyOf(n)}`, value },
          { type: 'put', key: `z${keyOf(n)}`, value },
        ]);
        acknowledged = n;
      }
    };
    for (let n = 0; n < copies; n++) {
      const before = acknowledged;
      const writing = load();
      const copy = await copyStore(path);
      const after = acknowledged;
      const count = await countAppends(logFolder(copy.path));
      await copy.remove();
      expect(count).toBeGreaterThanOrEqual(before);
      expect(count).toBeLessThanOrEqual(after + 1);
      partly += count > before && count < before + burst ? 1 : 0;
      for (const file of await readdir(logFolder(path))) tables.add(file);
      await writing;
    }
    expect(await countAppendsOf(db)).toBe(copies * burst);
    // It was what it claims: copies fell into the middle of a burst, and tables came and went.
    expect(partly).toBeGreaterThan(0);
    const there = new Set(await readdir(logFolder(path)));
    const gone = [...tables].filter((file) => file.endsWith('.ldb') && !there.has(file));
    expect(gone.length).toBeGreaterThan(20);
    expect(await readdir(folder)).toEqual(['store']);
  } finally {
    await db.close();
    await rm(folder, { recursive: true, force: true });
  }
});

async function countAppends(location: string): Promise<number> {
  const db = new ClassicLevel<string, string>(location, { createIfMissing: false });
  try {
    return await countAppendsOf(db);
  } finally {
    await db.close();
  }
}

/** The number of whole appends, which must be 1 … n without a gap. */
async function countAppendsOf(db: ClassicLevel<string, string>): Promise<number> {
  const read = async (prefix: string, end: string) => {
    const entries = await db.iterator({ gte: prefix, lt: end }).all();
    const keys = entries.map(([key]) => key);
    expect(keys).toEqual(keys.map((_, index) => `${prefix}${keyOf(index + 1)}`));
    return entries.map(([, value]) => value);
  };
  const [first, second] = [await read('a', 'b'), await read('z', '{')];
  expect(first).toEqual(second);
  return first.length;
}

function keyOf(n: number): string {
  return n.toString().padStart(10, '0');
}
