import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileContent } from './test-runner.ts';
import { parseFileName } from './workspace/file-name.ts';
import { folderName, isTaskFolder, taskIdOf } from './workspace/folder-name.ts';
import { readPlainFile, writePlainFile } from './workspace/plain-files.ts';
import { formatStorageReference, parseStorageReference } from './workspace/storage-reference.ts';
import { openVersionStore } from './workspace/version-store.ts';
import { WorkspaceError } from './workspace/workspace-error.ts';

/**
 * The files of each coding task, one folder per task, every code version kept.
 *
 * The log is the truth: this folder can be deleted and written again from CODE_GENERATED events.
 * Writing is idempotent and survives a crash at any point (each file is written whole, then renamed).
 */
export interface Workspace extends AsyncDisposable {
  /** The absolute folder of this task's newest files. It need not exist yet. */
  folder(taskId: string): string;
  /**
   * Stores the files that a code version changes; the others stand as they were.
   * The same again is a no-op; other content under a stored version throws `VERSION_CONFLICT`.
   * Answers the reference of each file, in the given order.
   *
   * @throws WorkspaceError `INVALID_FILE_NAME`, `VERSION_CONFLICT`, `LINK_OUT`
   */
  writeVersion(version: CodeVersion): Promise<readonly string[]>;
  /** All files as they stood at a code version (default: the newest), sorted by path. Empty when there are none. */
  readVersion(taskId: string, version?: number): Promise<readonly FileContent[]>;
  /** The content behind `storage://task/file@version`: as of that version, even if an earlier one wrote it. */
  read(reference: string): Promise<string>;
  /** The code versions of a task, rising. */
  versions(taskId: string): Promise<readonly number[]>;
  /** The tasks that have a folder, in no order. */
  tasks(): Promise<readonly string[]>;
  /** Deletes a task's folder. Deleting what is not there is fine. */
  remove(taskId: string): Promise<void>;
  /** Waits for running writes. Closing twice is fine. */
  close(): Promise<void>;
}

export interface CodeVersion {
  readonly taskId: string;
  /** 1, 2, 3 … */
  readonly version: number;
  readonly files: readonly FileContent[];
}

export interface WorkspaceOptions {
  /** The folder that holds the tasks' folders; made if missing. */
  readonly root: string;
}

/**
 * Opens the workspace below `root`: `task-…/versions/N/` holds what version N changed, and
 * `task-…/files/` the newest state of all files, for people and tools.
 *
 * One workspace object per root; within it all calls may overlap.
 */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  await mkdir(options.root, { recursive: true });
  const root = await realpath(options.root);
  const home = (taskId: string) => join(root, folderName(taskId));
  const store = (taskId: string) => openVersionStore(join(home(taskId), 'versions'));
  const inTurn = takeTurns();

  const close = () => inTurn.idle();
  return {
    folder: (taskId) => join(home(taskId), 'files'),
    async writeVersion({ taskId, version, files }) {
      const parsed = parseFiles(version, files);
      return inTurn.run(taskId, async () => {
        await writePlainFile(home(taskId), { path: 'task-id', content: encodeId(taskId) }, lasting);
        await store(taskId).write(version, parsed);
        await checkOut(taskId);
        return parsed.map(({ path }) => formatStorageReference({ taskId, path, version }));
      });
    },
    readVersion: (taskId, version = Number.MAX_SAFE_INTEGER) => store(taskId).snapshot(version),
    async read(reference) {
      const { taskId, path, version } = parseStorageReference(reference);
      const known = await store(taskId).versions();
      const content = known.includes(version) ? await store(taskId).file(path, version) : null;
      if (content !== null) return content;
      throw new WorkspaceError('NOT_FOUND', `Nothing is stored under ${reference}.`, {
        subject: reference,
      });
    },
    versions: (taskId) => store(taskId).versions(),
    async tasks() {
      const names = (await readdir(root)).filter(isTaskFolder);
      const ids = await Promise.all(
        names.map(async (name) => {
          const written = await readPlainFile(join(root, name), 'task-id');
          return taskIdOf(name) ?? (written === null ? null : decodeId(written));
        }),
      );
      return ids.filter((id) => id !== null);
    },
    remove: (taskId) =>
      inTurn.run(taskId, () => rm(home(taskId), { recursive: true, force: true })),
    close,
    [Symbol.asyncDispose]: close,
  };

  /** Brings `files/` to the newest version, whichever of the versions was written last. */
  async function checkOut(taskId: string): Promise<void> {
    for (const { path, content } of await store(taskId).snapshot(Number.MAX_SAFE_INTEGER)) {
      const file = { path: `files/${path}`, content };
      if ((await readPlainFile(home(taskId), file.path)) === content) continue;
      await writePlainFile(home(taskId), file, { durable: false });
    }
  }
}

const lasting = { durable: true };

function parseFiles(version: number, files: readonly FileContent[]): readonly FileContent[] {
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new WorkspaceError('INVALID_REFERENCE', `${version} is not a version: 1, 2, 3 …`, {
      subject: String(version),
    });
  }
  const parsed = files.map(({ path, content }) => ({ path: parseFileName(path), content }));
  // Two names that a case-folding file system takes for one would overwrite each other.
  const seen = new Set<string>();
  for (const { path } of parsed) {
    const folded = path.toLowerCase();
    if (seen.has(folded)) {
      throw new WorkspaceError('INVALID_FILE_NAME', `Two files are called ${path}.`, {
        subject: path,
      });
    }
    seen.add(folded);
  }
  return parsed;
}

/** As UTF-16, since an id may hold what UTF-8 cannot. */
function encodeId(taskId: string): string {
  return Buffer.from(taskId, 'utf16le').toString('base64');
}

function decodeId(text: string): string {
  return Buffer.from(text, 'base64').toString('utf16le');
}

/** One write at a time for each task. */
function takeTurns() {
  const last = new Map<string, Promise<unknown>>();
  return {
    run<T>(taskId: string, work: () => Promise<T>): Promise<T> {
      const turn = (last.get(taskId) ?? Promise.resolve()).then(work, work);
      last.set(taskId, turn);
      const forget = () => {
        if (last.get(taskId) === turn) last.delete(taskId);
      };
      turn.then(forget, forget);
      return turn;
    },
    async idle(): Promise<void> {
      await Promise.allSettled(last.values());
    },
  };
}
