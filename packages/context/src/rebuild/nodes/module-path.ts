import { languageOf } from '../../graph/code/language-of.ts';

/**
 * What a path is imported as: without its extension, a folder for its index. `a/b.ts`, `a/b/index.ts` and
 * `a/b/__init__.py` have the same stem, `a/b`.
 */
export function stemOf(path: string): string {
  const bare = languageOf(path) === null ? path : path.replace(/(\.d)?\.[a-z]+$/i, '');
  return bare.replace(/(^|\/)(index|__init__)$/, '').replace(/^\.\//, '');
}

/**
 * The stems that an import may mean, likeliest first. A relative one means one place; a bare one may be
 * a library or, in Python, a module beside the importer or at the root.
 */
export function importedStems(from: string, source: string): readonly string[] {
  const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : '';
  if (languageOf(from) === 'python') return pythonStems(folder, source);
  if (source.startsWith('.')) return [stemOf(joined(folder, source))];
  return source.includes('/') ? [stemOf(source)] : [];
}

/** The library that a bare import names: `lodash/fp` → `lodash`, `node:fs` → `fs`, `a.b` → `a` in Python. */
export function libraryOf(from: string, source: string): string | null {
  if (source === '' || source.startsWith('.') || source.startsWith('/')) return null;
  if (languageOf(from) === 'python') return source.split('.')[0] ?? null;
  const name = source.replace(/^node:/, '');
  const parts = name.split('/');
  return name.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? null);
}

function pythonStems(folder: string, source: string): readonly string[] {
  const dots = /^\.*/.exec(source)?.[0].length ?? 0;
  const path = source.slice(dots).split('.').filter(Boolean).join('/');
  if (dots > 0) return [joined(folder, `${'../'.repeat(dots - 1)}${path}`)];
  return folder === '' ? [path] : [joined(folder, path), path];
}

function joined(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}
