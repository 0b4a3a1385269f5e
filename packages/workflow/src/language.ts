import type { Language, TaskState } from '@org/events';

const byExtension: Readonly<Record<string, Language>> = {
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'typescript',
  py: 'python',
};

const mentions: readonly (readonly [RegExp, Language])[] = [
  [/\bpython\b|\.py\b|\bpytest\b|\bunittest\b/i, 'python'],
  [/\btypescript\b|\.ts\b/i, 'typescript'],
  [/\bjavascript\b|\.m?js\b|\bnode(\.js)?\b/i, 'javascript'],
];

/** The language of a file by its extension, or null. */
export function languageOf(path: string): Language | null {
  return byExtension[path.split('.').at(-1)?.toLowerCase() ?? ''] ?? null;
}

/** The language of a task: as requested, as its files show, as its prompt says, else the default. */
export function chooseLanguage(
  task: Pick<TaskState, 'language' | 'files' | 'prompt'>,
  fallback: Language,
): Language {
  const shown = task.files
    .filter((file) => file.kind !== 'reference')
    .flatMap((file) => languageOf(file.path) ?? []);
  const said = mentions.find(([pattern]) => pattern.test(task.prompt))?.[1];
  return task.language ?? shown[0] ?? said ?? fallback;
}

/** What a source file and its test file are called in each language. */
export const fileNames: Readonly<
  Record<Language, { readonly extension: string; testFor(path: string): string }>
> = {
  javascript: { extension: '.js', testFor: (path) => path.replace(/\.[cm]?jsx?$/, '.test.js') },
  typescript: { extension: '.ts', testFor: (path) => path.replace(/\.[cm]?tsx?$/, '.test.ts') },
  python: {
    extension: '.py',
    testFor: (path) => path.replace(/([^/]+)\.py$/, 'test_$1.py'),
  },
};
