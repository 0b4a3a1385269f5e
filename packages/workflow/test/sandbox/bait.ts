import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Bait } from './javascript-attacks.ts';

/** What attacks are after, with a record of who got at it. */
export interface LaidBait extends AsyncDisposable {
  readonly bait: Bait;
  connections(): number;
}

export async function layBait(folder: string): Promise<LaidBait> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  // Readable by all: only the sandbox keeps it.
  const secretFile = join(folder, 'secret.mjs');
  await writeFile(secretFile, 'export default "secret";', { mode: 0o644 });
  process.env.SANDBOX_TEST_SECRET = 'SANDBOX_TEST_SECRET';
  return {
    bait: { port: address.port, secretFile, home: homedir() },
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      delete process.env.SANDBOX_TEST_SECRET;
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
