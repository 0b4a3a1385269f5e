import { fenceFor } from '../../summary/event-text.ts';

/** Code in a fence that it does not end, with the language its path stands for. */
export function fenced(code: string, path: string): string {
  const fence = fenceFor(code, '`');
  const extension = path.slice(path.lastIndexOf('.') + 1);
  const language = Object.hasOwn(languages, extension) ? languages[extension] : '';
  return `${fence}${language}\n${code.replace(/\n$/, '')}\n${fence}`;
}

const languages: Readonly<Record<string, string>> = {
  ts: 'ts',
  tsx: 'tsx',
  js: 'js',
  mjs: 'js',
  cjs: 'js',
  py: 'python',
  json: 'json',
  md: 'markdown',
};
