import { constants } from 'node:fs';
import { chmod, copyFile, link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isReachable } from './find-program.ts';
import type { User } from './inside/supervision.ts';
import type { HarnessFile } from './language.ts';

/** A runner's own folder: its programs, and one folder per running job. */
export interface RunnerFolder {
  readonly root: string;
  readonly harness: string;
  readonly jobs: string;
  readonly supervisor: string;
  /** The Node binary as the sandbox's user reaches it. */
  readonly node: string;
}

/**
 * Makes it under the first of the given folders that the sandbox's user can reach. Others can pass
 * through but not list it. A Node binary in a private home (npx as root) is linked, else copied, into it.
 */
export async function makeRunnerFolder(options: {
  readonly node: string;
  readonly user: User | null;
  readonly supervisor: string;
  readonly harness: readonly HarnessFile[];
}): Promise<RunnerFolder> {
  const root = await mkdtemp(join(await reachableParent(options.user), 'org-sandbox-'));
  try {
    const harness = join(root, 'harness');
    const jobs = join(root, 'jobs');
    for (const folder of [harness, jobs]) await mkdir(folder, { mode: 0o711 });
    await chmod(harness, 0o755);
    await chmod(root, 0o711);
    const supervisor = join(root, 'supervisor.mjs');
    await writeFile(supervisor, options.supervisor, { mode: 0o400 });
    // Languages can share a program.
    const programs = new Map(options.harness.map((file) => [file.path, file.content]));
    for (const [path, content] of programs) {
      await writeFile(join(harness, path), content, { mode: 0o444 });
    }
    return { root, harness, jobs, supervisor, node: await reachableNode(root, options) };
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

async function reachableParent(user: User | null): Promise<string> {
  for (const folder of [tmpdir(), '/tmp', '/var/tmp']) {
    if (await isReachable(folder, user)) return folder;
  }
  return tmpdir();
}

async function reachableNode(
  root: string,
  { node, user }: { readonly node: string; readonly user: User | null },
): Promise<string> {
  if (await isReachable(node, user)) return node;
  const own = join(root, 'node');
  try {
    await link(node, own);
  } catch {
    await copyFile(node, own, constants.COPYFILE_FICLONE);
    await chmod(own, 0o555);
  }
  return own;
}
