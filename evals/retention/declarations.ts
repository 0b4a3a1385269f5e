// The scorer's own reading of code, by patterns: it shares nothing with the parser under test.

/** What a file imports by name, and from where. */
export interface NamedImport {
  readonly name: string;
  readonly local: string;
  readonly source: string;
}

const scriptImport = /(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*['"]([^'"]+)['"]/g;
const scriptDefault =
  /import\s+(?:type\s+)?([\w$]+)\s*(?:,\s*\{[^}]*\}\s*)?from\s*['"]([^'"]+)['"]/g;
const pythonImport = /^\s*from\s+(\S+)\s+import\s+(?:\(([^)]*)\)|([^\n#]+))/gm;

export function namedImports(path: string, text: string): readonly NamedImport[] {
  if (path.endsWith('.py'))
    return [...text.matchAll(pythonImport)].flatMap(([, source = '', many, one]) =>
      namesIn(many ?? one ?? '').map((named) => ({ ...named, source })),
    );
  const braced = [...text.matchAll(scriptImport)].flatMap(([, list = '', source = '']) =>
    namesIn(list).map((named) => ({ ...named, source })),
  );
  const whole = [...text.matchAll(scriptDefault)].map(([, local = '', source = '']) => ({
    name: 'default',
    local,
    source,
  }));
  return [...braced, ...whole];
}

/** `export * from`, and `export { a } from`. */
export function passedOn(
  text: string,
): readonly { readonly source: string; readonly all: boolean }[] {
  const all = [...text.matchAll(/export\s+(?:type\s+)?\*\s*from\s*['"]([^'"]+)['"]/g)];
  const some = [...text.matchAll(/export\s+(?:type\s+)?\{[^}]*\}\s*from\s*['"]([^'"]+)['"]/g)];
  return [
    ...all.map(([, source = '']) => ({ source, all: true })),
    ...some.map(([, source = '']) => ({ source, all: false })),
  ];
}

/** The file that an import means among those there are. */
export function resolveImport(
  from: string,
  source: string,
  files: ReadonlyMap<string, string>,
): string | null {
  const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : '';
  const python = from.endsWith('.py');
  const dots = python ? (/^\.+/.exec(source)?.[0].length ?? 0) : 0;
  const bases = python
    ? dots > 0
      ? [join(folder, `${'../'.repeat(dots - 1)}${source.slice(dots).replaceAll('.', '/')}`)]
      : [join(folder, source.replaceAll('.', '/')), source.replaceAll('.', '/')]
    : source.startsWith('.')
      ? [join(folder, source)]
      : [];
  const endings = python
    ? ['.py', '/__init__.py']
    : [
        '',
        '.ts',
        '.tsx',
        '.js',
        '.mjs',
        '.mts',
        '/index.ts',
        '/index.tsx',
        '/index.js',
        '/index.mts',
      ];
  for (const base of bases) {
    const bare = python ? base : base.replace(/\.[mc]?js$/, '');
    for (const stem of new Set([base, bare]))
      for (const ending of endings) if (files.has(stem + ending)) return stem + ending;
  }
  return null;
}

/** Where a name is declared, and its declaration's text from its keyword on. */
export interface Declaration {
  readonly path: string;
  readonly name: string;
  /** At most about 400 characters: the head, for types with what follows. */
  readonly text: string;
}

/** Finds the declaration of a name in a file, or in what the file passes on. */
export function findDeclaration(
  path: string,
  name: string,
  files: ReadonlyMap<string, string>,
  depth = 0,
): Declaration | null {
  const text = files.get(path);
  if (text === undefined || depth > 4) return null;
  const found = declarationIn(path, text, name);
  if (found !== null) return { path, name, text: found };
  for (const { source, all } of passedOn(text)) {
    const named = namedImports(path, text).find((i) => i.source === source && i.local === name);
    if (!all && named === undefined) continue;
    const target = resolveImport(path, source, files);
    if (target === null) continue;
    const passed = findDeclaration(target, named?.name ?? name, files, depth + 1);
    if (passed !== null) return passed;
  }
  return null;
}

function declarationIn(path: string, text: string, name: string): string | null {
  const word = name.replaceAll('$', '\\$');
  const pattern = path.endsWith('.py')
    ? new RegExp(`^(?:async\\s+def|def|class)\\s+${word}\\b`, 'm')
    : name === 'default'
      ? /(?<=export\s+default\s+)(?:async\s+)?(?:function|class)\b/
      : new RegExp(
          `^(?:export\\s+)?(?:default\\s+)?(?:declare\\s+)?((?:async\\s+)?function\\*?|(?:abstract\\s+)?class|interface|type|enum|const\\s+enum|const|let|var)\\s+${word}\\b`,
          'm',
        );
  const match = pattern.exec(text);
  if (match === null) return null;
  const start = match.index + match[0].indexOf(match[1] ?? match[0]);
  const rest = withoutComments(text.slice(start, start + 800));
  if (path.endsWith('.py')) return rest.slice(0, (/:\s*\n/.exec(rest)?.index ?? 398) + 1);
  const isType = /^(interface|type|enum|const enum|const|let|var)\b/.test(rest);
  const end = isType ? typeEnd(rest) : bodyStart(rest);
  return rest.slice(0, Math.min(end, 400)).trim();
}

/** Up to the brace that opens the body: the first one outside of parentheses and types of the head. */
function bodyStart(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '(' || char === '[' || char === '<') depth++;
    else if (char === ')' || char === ']' || (char === '>' && text[i - 1] !== '=')) depth--;
    else if (char === '{' && depth <= 0) {
      const before = text.slice(0, i).trimEnd();
      if (!/[:|&]$/.test(before)) return i;
      depth++;
    } else if (char === '}') depth--;
  }
  return text.length;
}

function typeEnd(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '{' || char === '(' || char === '[') depth++;
    else if (char === '}' || char === ')' || char === ']') {
      depth--;
      if (depth === 0 && char === '}') return i + 1;
    } else if (char === '=' && text[i + 1] === '>' && depth === 0) return i + 2;
    else if ((char === ';' || (char === '\n' && /^\n\S/.test(text.slice(i)))) && depth === 0)
      return i;
  }
  return text.length;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, ' ');
}

function namesIn(list: string): readonly { readonly name: string; readonly local: string }[] {
  return list.split(',').flatMap((part) => {
    const found = /^\s*(?:type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?/.exec(part);
    return found?.[1] === undefined ? [] : [{ name: found[1], local: found[2] ?? found[1] }];
  });
}

function join(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}
