import type { ParsedImport } from './parsed-module.ts';

/** What a TypeScript or JavaScript file imports and passes on, by `… from 'x'` and `import 'x'`. */
export function scriptImports(source: string): ParsedImport[] {
  const pattern = /^[ \t]*(import|export)\b([\w$*{},\s]{0,2000}?)['"]([^'"\n]+)['"]/gm;
  let line = 1;
  let readTo = 0;
  return [...source.matchAll(pattern)].flatMap((found) => {
    const [, keyword, words = '', from = ''] = found;
    line += source.slice(readTo, found.index).split('\n').length - 1;
    readTo = found.index;
    const clause = words.trim();
    const effectsOnly = keyword === 'import' && clause === '';
    if (!effectsOnly && !endsWithFrom.test(clause)) return [];
    const named = clause.replace(endsWithFrom, '').trim();
    const typeOnly = /^type\s/.test(named);
    return [
      {
        source: from,
        names: scriptNames(typeOnly ? named.slice(4).trim() : named),
        line,
        typeOnly,
        reexport: keyword === 'export',
      },
    ];
  });
}

const endsWithFrom = /\bfrom$/;

function scriptNames(clause: string): ParsedImport['names'] {
  const namespace = /\*(?:\s+as\s+([\w$]+))?/.exec(clause);
  if (namespace !== null) return [{ imported: '*', local: namespace[1] ?? '*' }];
  const braced = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
  const names = braced.split(',').flatMap((part) => {
    const found = /^\s*(?:type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?/.exec(part);
    return found?.[1] === undefined ? [] : [{ imported: found[1], local: found[2] ?? found[1] }];
  });
  const main = /^\s*([\w$]+)\s*(,|$)/.exec(clause)?.[1];
  return main === undefined ? names : [{ imported: 'default', local: main }, ...names];
}

/** What a Python file imports, line by line. */
export function pythonImports(lines: readonly string[]): ParsedImport[] {
  return lines.flatMap((line, index) => {
    const place = { line: index + 1, typeOnly: false, reexport: false };
    const from = /^\s*from\s+(\S+)\s+import\s+\(?([^)#]*)/.exec(line);
    if (from?.[1] !== undefined)
      return [{ source: from[1], names: pythonNames(from[2] ?? ''), ...place }];
    const plain = /^\s*import\s+([^#]+)/.exec(line)?.[1] ?? '';
    return pythonNames(plain).map(({ imported, local }) => ({
      source: imported,
      names: [{ imported: '*', local }],
      ...place,
    }));
  });
}

function pythonNames(list: string): ParsedImport['names'] {
  return list.split(',').flatMap((part) => {
    const found = /^\s*([\w.*]+)(?:\s+as\s+(\w+))?/.exec(part);
    return found?.[1] === undefined ? [] : [{ imported: found[1], local: found[2] ?? found[1] }];
  });
}
