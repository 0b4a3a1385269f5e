import type { CodeLanguage } from './parsed-module.ts';

const byExtension: Readonly<Record<string, CodeLanguage>> = {
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'tsx',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  py: 'python',
  pyi: 'python',
};

/** The language a file name stands for; null for one that is not parsed. */
export function languageOf(path: string): CodeLanguage | null {
  return byExtension[/\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''] ?? null;
}
