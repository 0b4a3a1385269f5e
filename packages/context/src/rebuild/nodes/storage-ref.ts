/**
 * Where a file of a task stands: `storage://task/file@version`, or without a version for one that the
 * caller gave. The task and each part of the path are percent-encoded.
 */
export function storageRef(file: {
  readonly taskId: string;
  readonly path: string;
  readonly version: number;
}): string {
  const parts = file.path.split('/').map(encoded).join('/');
  const version = file.version > 0 ? `@${file.version}` : '';
  return `storage://${encoded(file.taskId)}/${parts}${version}`;
}

/** Where the whole change of a correction stands. */
export function changeRef(correction: { readonly taskId: string; readonly name: string }): string {
  return `change://${encoded(correction.taskId)}/${encoded(correction.name)}`;
}

/** Lone surrogates have no UTF-8: they are written as `%u` and four digits. */
function encoded(text: string): string {
  return text
    .split(/(\p{Cs})/u)
    .map((part, index) =>
      index % 2 === 0
        ? encodeURIComponent(part)
        : `%u${part.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .join('');
}
