import { extname } from 'node:path/posix';
import type { Language } from '@org/events';
import { WorkspaceError } from './workspace-error.ts';

/** Bytes of a whole path, and of each part of it. */
const maxPathBytes = 200;
const maxPartBytes = 100;
const maxDepth = 8;

/** What the three languages, their tests and their fixtures are made of. */
const extensions: Readonly<Record<Language, readonly string[]>> = {
  javascript: ['.js', '.mjs', '.cjs', '.jsx', '.json', '.txt', '.md', '.csv'],
  typescript: [
    '.ts',
    '.mts',
    '.cts',
    '.tsx',
    '.js',
    '.mjs',
    '.cjs',
    '.json',
    '.txt',
    '.md',
    '.csv',
  ],
  python: ['.py', '.json', '.txt', '.md', '.csv', '.toml', '.cfg'],
};
const anyExtension = [...new Set(Object.values(extensions).flat())];

/** Names with a meaning of their own to Node, Python, npm or Windows, whatever their case. */
const reserved =
  /^(node_modules|__pycache__|con|prn|aux|nul|com\d|lpt\d|package(-lock)?\.json|tsconfig\.json|(sitecustomize|usercustomize|conftest)\.py)(\.|$)/i;

/** A file name that has been checked, or one sentence that says what is wrong with it. */
export type FileNameCheck =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Checks a file name that a model or a caller made up: relative, `/` between the parts, inside the
 * task's folder whatever the platform, at most 200 bytes, a known extension (of `language`, if given).
 * A leading `./` is taken off; nothing else is corrected. The reason is fit to be shown to the model.
 */
export function checkFileName(
  name: string,
  options: { readonly language?: Language } = {},
): FileNameCheck {
  const path = name.startsWith('./') ? name.slice(2) : name;
  const reason = fault(path, options.language);
  return reason === null
    ? { ok: true, path }
    : { ok: false, reason: `${JSON.stringify(name.slice(0, maxPathBytes))} ${reason}` };
}

/** The checked name. @throws WorkspaceError `INVALID_FILE_NAME` */
export function parseFileName(
  name: string,
  options: { readonly language?: Language } = {},
): string {
  const check = checkFileName(name, options);
  if (check.ok) return check.path;
  throw new WorkspaceError('INVALID_FILE_NAME', `The file name ${check.reason}.`, {
    subject: name,
  });
}

function fault(path: string, language: Language | undefined): string | null {
  if (path === '') return 'is empty';
  if (Buffer.byteLength(path) > maxPathBytes) return `is longer than ${maxPathBytes} bytes`;
  // Controls, formats (bidi marks …), surrogates, private use, line and paragraph separators.
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(path)) return 'has a control character';
  if (path !== path.normalize('NFC')) return 'is not in Unicode normal form C';
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'is absolute, it must be relative';
  if (path.includes('\\')) return 'has a backslash, folders are separated by /';
  if (/[<>:"|?*@#%]/.test(path)) return 'has one of the characters < > : " | ? * @ # %';
  const parts = path.split('/');
  if (parts.length > maxDepth) return `is more than ${maxDepth} folders deep`;
  for (const part of parts) {
    if (part === '') return 'has an empty part';
    if (part === '..' || part === '.') return `has the part ${part}, it must stay inside the task`;
    if (part.startsWith('.')) return 'has a hidden part, one that begins with a dot';
    if (part.startsWith('-')) return 'has a part that begins with -';
    if (/^\s|[\s.]$/u.test(part)) return 'has a part with a space or dot at its edge';
    if (Buffer.byteLength(part) > maxPartBytes)
      return `has a part longer than ${maxPartBytes} bytes`;
    if (reserved.test(part)) return `has the reserved part ${part}`;
  }
  if (parts.slice(0, -1).some((part) => part.includes('.'))) return 'has a folder with a dot in it';
  const allowed = language === undefined ? anyExtension : extensions[language];
  if (!allowed.includes(extname(path))) return `must end in one of ${allowed.join(' ')}`;
  return null;
}
