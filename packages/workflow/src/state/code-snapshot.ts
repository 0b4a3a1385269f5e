import { createHash } from 'node:crypto';
import type { SourceFile } from '@org/events';

/** All source files of a task at one code version, by path. Generated tests are not code. */
export type CodeSnapshot = Readonly<Record<string, SnapshotFile>>;

/** A file and the code version that last changed it; 0: brought by the caller. */
export interface SnapshotFile extends SourceFile {
  readonly codeVersion: number;
}

/** SHA-256 (hex) of a text's UTF-8 bytes. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** A source file with its hash. */
export function sourceFile(path: string, content: string): SourceFile {
  return { path, content, hash: sha256(content) };
}

/** SHA-256 (hex) over the sorted list of (path, file hash): the identity of a code version's content. */
export function codeHash(snapshot: CodeSnapshot): string {
  const lines = Object.values(snapshot)
    .map((file) => JSON.stringify([file.path, file.hash]))
    .sort();
  return sha256(lines.join('\n'));
}

/** The snapshot with these files put in place, as of a code version. */
export function withFiles(
  snapshot: CodeSnapshot,
  change: { readonly files: readonly SourceFile[]; readonly codeVersion: number },
): CodeSnapshot {
  return Object.fromEntries([
    ...Object.entries(snapshot),
    ...change.files.map(
      (file) => [file.path, { ...file, codeVersion: change.codeVersion }] as const,
    ),
  ]);
}
