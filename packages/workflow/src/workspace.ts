import type { FileContent } from './test-runner.ts';

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

/** Opens the workspace below `root`. */
export declare function openWorkspace(options: WorkspaceOptions): Promise<Workspace>;
