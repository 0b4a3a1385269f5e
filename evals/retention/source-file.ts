import { languageOf } from '@org/context';

/** Larger files are generated or vendored more often than written. */
const largest = 120_000;

/** Code that a task would write: no declarations, builds, fixtures or examples. */
export function isSource(path: string): boolean {
  return languageOf(path) !== null && !isIgnored(path) && !isTest(path);
}

export function isTest(path: string): boolean {
  if (languageOf(path) === null || isIgnored(path)) return false;
  return /(^|\/)(tests?|__tests__|spec)\/|[._-](test|spec)\.[a-z]+$|(^|\/)test_[^/]*\.py$/.test(
    path,
  );
}

export function isWritten(content: string): boolean {
  if (content.length > largest || content.includes('\0')) return false;
  const lines = content.split('\n');
  return content.length / lines.length < 200;
}

function isIgnored(path: string): boolean {
  return (
    /\.d\.[mc]?ts$|\.min\.js$/.test(path) ||
    /(^|\/)(node_modules|dist|build|vendor|fixtures?|examples?|docs?|deno_dist|benchmarks?|website)\//.test(
      path,
    )
  );
}
