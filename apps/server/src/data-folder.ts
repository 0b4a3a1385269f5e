import { access, constants, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where each part keeps its files below the data folder. */
export function dataPaths(dataDir: string) {
  return {
    events: join(dataDir, 'events'),
    memory: join(dataDir, 'memory'),
    workspaces: join(dataDir, 'workspaces'),
    token: join(dataDir, 'token'),
  };
}

/**
 * Sees that a data folder which is there can be used, before anything else is asked for. One that is not is made
 * by the event store.
 *
 * @throws what the operating system refuses
 */
export async function checkDataFolder(dataDir: string): Promise<void> {
  try {
    await (await opendir(dataDir)).close();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  await access(dataDir, constants.W_OK | constants.X_OK);
}
