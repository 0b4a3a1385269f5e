import { createHash } from 'node:crypto';

/** Names up to this many characters are told from their folder; longer ones are stored beside it. */
const maxLength = 180;

/** Ids begin with it as a rule: their folders are called as they are. */
const ours = 'task-';
/** Before any other id. */
const others = 'id-';

/**
 * A task id as a folder name: reversible, equal ids only to equal names, on file systems that fold
 * case too. Lower-case letters, digits, `-` and `_` stand as they are; every other UTF-16 unit is
 * `~` and four hex digits. An id that does not begin with `task-` has `id-` before it. An id too long for
 * a folder is cut and ends in `~~` and its SHA-256.
 */
export function folderName(taskId: string): string {
  const text = taskId.replaceAll(/[^a-z0-9_-]/g, encodeUnits);
  const name = text.startsWith(ours) ? text : `${others}${text}`;
  if (name.length <= maxLength) return name;
  // Lone surrogates differ in UTF-16, but not in UTF-8.
  const hash = createHash('sha256').update(taskId, 'utf16le').digest('hex');
  return `${name.slice(0, 80)}~~${hash}`;
}

/** Whether a folder is one of a task, by its name. */
export function isTaskFolder(name: string): boolean {
  return name.startsWith(ours) || name.startsWith(others);
}

/** The id again; null for a name that only a hash tells apart, or that is none of ours. */
export function taskIdOf(name: string): string | null {
  if (!isTaskFolder(name) || name.includes('~~')) return null;
  const text = name.startsWith(ours) ? name : name.slice(others.length);
  if (!/^(?:[a-z0-9_-]|~[0-9a-f]{4})*$/.test(text)) return null;
  const taskId = text.replaceAll(/~([0-9a-f]{4})/g, (_, unit: string) =>
    String.fromCharCode(Number.parseInt(unit, 16)),
  );
  return folderName(taskId) === name ? taskId : null;
}

function encodeUnits(character: string): string {
  let text = '';
  for (let index = 0; index < character.length; index++) {
    text += `~${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return text;
}
