import { access, constants, mkdir } from 'node:fs/promises';
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

/** Makes the data folder where it is not there. @throws what the operating system refuses */
export async function openDataFolder(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
}
