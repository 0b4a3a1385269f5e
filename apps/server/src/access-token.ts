import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartError } from './errors.ts';

/** Of which kind a token is: as an `Authorization` header carries it, and not guessed at once. */
export const tokenForm = /^[\x21-\x7e]{16,}$/;

/** A token and whether it was made just now, so that it can be shown once. */
export interface AccessToken {
  readonly token: string;
  readonly made: boolean;
}

/** Reads the token, or makes one at the first start, in a file that only its owner can read. */
export async function accessToken(file: string): Promise<AccessToken> {
  await mkdir(dirname(file), { recursive: true });
  const token = randomBytes(32).toString('base64url');
  try {
    // `wx`: of two first starts only one makes it.
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(`${token}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return { token, made: true };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  await chmod(file, 0o600);
  const stored = await readOf(file);
  if (!tokenForm.test(stored))
    throw new StartError(`${file} holds no token: delete it to have a new one made.`);
  return { token: stored, made: false };
}

/** Opened for writing, too: a folder is refused then by its name, as reading alone does not on Node 22. */
async function readOf(file: string): Promise<string> {
  const handle = await open(file, 'r+');
  try {
    // Reading from a pipe would wait for ever for somebody to write.
    return (await handle.stat()).isFile() ? (await handle.readFile('utf8')).trim() : '';
  } finally {
    await handle.close();
  }
}
