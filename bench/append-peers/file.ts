import { constants, open } from 'node:fs/promises';
import { type Appender, groupCommit, plainText } from './appender.ts';

const preallocated = 256 * 1_048_576;

/** The limit of the machine: a preallocated file, one O_DSYNC write per group. Nothing could be found in it. */
export async function openFile(path: string): Promise<Appender> {
  const filled = await open(path, 'w');
  const zeros = Buffer.alloc(1_048_576);
  for (let at = 0; at < preallocated; at += zeros.length) await filled.write(zeros);
  await filled.sync();
  await filled.close();
  const file = await open(path, constants.O_WRONLY | constants.O_DSYNC);
  let position = 0;
  let sequence = 0;
  let written = 0;
  const commit = groupCommit<readonly string[]>(async (group) => {
    const lines = group.flat();
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    if (position + bytes.length > preallocated) position = 0;
    await file.write(bytes, 0, bytes.length, position);
    position += bytes.length;
    written += lines.length;
  });
  return {
    append(event) {
      sequence += 1;
      return commit([plainText(event, sequence)]);
    },
    appendAll: (events) =>
      commit(
        events.map((event) => {
          sequence += 1;
          return plainText(event, sequence);
        }),
      ),
    count: async () => written,
    close: () => file.close(),
  };
}
