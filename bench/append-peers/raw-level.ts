import { ClassicLevel } from 'classic-level';
import { type Appender, groupCommit, plainText } from './appender.ts';

/** Ideal group commit over LevelDB with our durable keys (one per event), and nothing else of ours. */
export async function openRawLevel(path: string): Promise<Appender> {
  const db = new ClassicLevel(path, { writeBufferSize: 64 * 1_048_576 });
  await db.open();
  let sequence = 0;
  const keyOf = (n: number) => `e${n.toString(36).padStart(12, '0')}`;
  const commit = groupCommit<readonly (readonly [string, string])[]>(async (group) => {
    const batch = db.batch();
    for (const puts of group) for (const [key, value] of puts) batch.put(key, value);
    await batch.write({ sync: true });
  });
  return {
    append(event) {
      sequence += 1;
      return commit([[keyOf(sequence), plainText(event, sequence)]]);
    },
    appendAll: (events) =>
      commit(
        events.map((event) => {
          sequence += 1;
          return [keyOf(sequence), plainText(event, sequence)] as const;
        }),
      ),
    count: async () => (await db.keys().all()).length,
    close: () => db.close(),
  };
}
