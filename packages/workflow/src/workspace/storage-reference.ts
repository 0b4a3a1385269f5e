import { parseFileName } from './file-name.ts';
import { WorkspaceError } from './workspace-error.ts';

/** One file of one code version of one task. */
export interface StorageReference {
  /** Any text, `/` and NUL included. */
  readonly taskId: string;
  readonly path: string;
  /** 1, 2, 3 … */
  readonly version: number;
}

/** `storage://task/file@version`, with the task and each part of the path percent-encoded. */
export function formatStorageReference(reference: StorageReference): string {
  const parts = parseFileName(reference.path).split('/').map(encodeURIComponent).join('/');
  return `storage://${encodeTask(reference.taskId)}/${parts}@${reference.version}`;
}

/** Reads what `formatStorageReference` wrote. @throws WorkspaceError `INVALID_REFERENCE` */
export function parseStorageReference(text: string): StorageReference {
  const match = /^storage:\/\/([^/@]*)\/([^@]+)@([1-9]\d{0,14})$/.exec(text);
  const [, task, path, version] = match ?? [];
  if (task === undefined || path === undefined || version === undefined) throw invalid(text);
  try {
    return {
      taskId: decodeTask(task),
      path: parseFileName(path.split('/').map(decodeURIComponent).join('/')),
      version: Number(version),
    };
  } catch (cause) {
    throw invalid(text, cause);
  }
}

/** Lone surrogates have no UTF-8: they are written as `%u` and four digits. */
function encodeTask(taskId: string): string {
  return taskId
    .split(/(\p{Cs})/u)
    .map((part, index) =>
      index % 2 === 0
        ? encodeURIComponent(part)
        : `%u${part.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .join('');
}

function decodeTask(text: string): string {
  return text
    .split(/%u([0-9a-f]{4})/)
    .map((part, index) =>
      index % 2 === 0 ? decodeURIComponent(part) : String.fromCharCode(Number.parseInt(part, 16)),
    )
    .join('');
}

function invalid(text: string, cause?: unknown): WorkspaceError {
  return new WorkspaceError(
    'INVALID_REFERENCE',
    `${JSON.stringify(text)} is not a reference like storage://task/file@version.`,
    { subject: text, cause },
  );
}
