import type { GivenFile } from '@org/events';

/**
 * The given test files that judge a module: those of which it is the last import in dependency order.
 * A test that imports no module judges the last one.
 */
export function givenTestsOf(
  module: string,
  task: { readonly files: readonly GivenFile[]; readonly order: readonly string[] },
): readonly GivenFile[] {
  return task.files.filter((file) => {
    if (file.kind !== 'test') return false;
    const imported = task.order.filter((name) => mentionsModule(file.content, name));
    return (imported.at(-1) ?? task.order.at(-1)) === module;
  });
}

/** Whether a test's text imports a file, by the file's name without its extension. */
export function mentionsModule(content: string, path: string): boolean {
  const stem = (path.split('/').at(-1) ?? path).replace(/\.[^.]+$/, '');
  const name = stem.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const quoted = `['"][^'"]*(?<![\\w-])${name}(?:\\.\\w+)?['"]`;
  const script = new RegExp(`(?:from\\s*|import\\s*(?:\\(\\s*)?|require\\s*\\(\\s*)${quoted}`);
  const python = new RegExp(`^[ \\t]*(?:from|import)[ \\t]+(?:[\\w.]+\\.)?${name}\\b`, 'm');
  const pythonFrom = new RegExp(
    `^[ \\t]*from[ \\t]+[\\w.]+[ \\t]+import[ \\t].*\\b${name}\\b`,
    'm',
  );
  return script.test(content) || python.test(content) || pythonFrom.test(content);
}
