import { open } from 'lmdb';
import { type Appender, plainText } from './appender.ts';

/** lmdb-js with its own batching; `put` resolves when the transaction is on disk. */
export async function openLmdb(path: string): Promise<Appender> {
  const db = open<string, number>({ path, encoding: 'string', overlappingSync: false });
  let sequence = 0;
  const put = (event: Parameters<Appender['append']>[0]) => {
    sequence += 1;
    return db.put(sequence, plainText(event, sequence));
  };
  return {
    append: async (event) => void (await put(event)),
    appendAll: async (events) => {
      await db.batch(() => {
        for (const event of events) void put(event);
      });
    },
    count: async () => db.getCount(),
    close: () => db.close(),
  };
}
