import { encodeComponent } from '../../encode-component.ts';

/**
 * Where a file of a task stands: `storage://task/file@version`, or without a version for one that the
 * caller gave. The task and each part of the path are percent-encoded.
 */
export function storageRef(file: {
  readonly taskId: string;
  readonly path: string;
  readonly version: number;
}): string {
  const parts = file.path.split('/').map(encodeComponent).join('/');
  const version = file.version > 0 ? `@${file.version}` : '';
  return `storage://${encodeComponent(file.taskId)}/${parts}${version}`;
}

/** Where the whole change of a correction stands. */
export function changeRef(correction: { readonly taskId: string; readonly name: string }): string {
  return `change://${encodeComponent(correction.taskId)}/${encodeComponent(correction.name)}`;
}
