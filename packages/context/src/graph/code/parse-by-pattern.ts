import { pythonImports, scriptImports } from './imports-by-pattern.ts';
import type { CodeLanguage, ParsedClass, ParsedFunction, ParsedModule } from './parsed-module.ts';
import { cutAt, onOneLine, sortedUnique } from './source-text.ts';

/**
 * Reads a source line by line, by patterns: for when no grammar is at hand. Finds top-level declarations,
 * methods and imports; knows no nesting, so that `uses` holds words of comments and strings too.
 *
 * Takes time that grows with the length of the source, whatever stands in it: no pattern has two parts that
 * take the same characters without a limit, and a declaration is followed over 150 lines.
 */
export function parseByPattern(source: string, language: CodeLanguage): ParsedModule {
  const lines = source.split('\n');
  const python = language === 'python';
  const functions: ParsedFunction[] = [];
  const classes: ParsedClass[] = [];
  let holder: { readonly name: string; readonly endLine: number } | null = null;

  lines.forEach((line, index) => {
    const found = (python ? pythonDeclaration : scriptDeclaration)(line.slice(0, longestHead));
    if (found === null) return;
    const startLine = index + 1;
    const endLine = endOf(lines, index, python);
    const inside = holder !== null && startLine <= holder.endLine ? holder.name : null;
    const body = lines.slice(index, endLine).join('\n');
    const place = {
      startLine,
      endLine,
      doc: null,
      exported: python ? !found.name.startsWith('_') : found.exported,
      uses: sortedUnique(wordsIn(body).filter((word) => word !== found.name)),
    };
    if (found.kind !== 'function') {
      if (inside !== null) return;
      if (found.kind === 'class') holder = { name: found.name, endLine };
      classes.push({
        ...place,
        name: found.name,
        kind: found.kind,
        signature: cutAt(headOf(lines, index, python), 280),
        bases: [],
        methods: [],
      });
      return;
    }
    if (found.indent > 0 && inside === null) return;
    const head = headOf(lines, index, python);
    functions.push({
      ...place,
      name: inside === null ? found.name : `${inside}.${found.name}`,
      signature: cutAt(inside === null ? head : `${inside}.${head.replace(/^def\s+/, '')}`, 400),
      inputs: parametersOf(head),
      output: /(?:->|\)\s*:)\s*([^{=]+?)\s*$/.exec(head)?.[1] ?? null,
      calls: sortedUnique(
        [...body.matchAll(/([\p{L}_$][\p{L}\p{N}_$.]*)(\(?)/gu)].flatMap(([, name, call]) =>
          name === undefined || call === '' ? [] : [name],
        ),
      ),
    });
  });

  const top = [...functions, ...classes].filter(({ name }) => !name.includes('.'));
  return {
    language,
    functions,
    classes,
    imports: python ? pythonImports(lines) : scriptImports(source),
    exports: sortedUnique(top.filter(({ exported }) => exported).map(({ name }) => name)),
    defaultExport:
      /^export\s+default\s+(?:(?:abstract\s+)?class\s+|(?:async\s+)?function\*?\s+)?([\w$]+)/m.exec(
        source,
      )?.[1] ?? null,
    doc: null,
    hasErrors: false,
    parser: 'regex',
  };
}

/** Characters of a line and of a head, and lines of a declaration, that are looked at. */
const longestHead = 500;
const longestHeadText = 4_000;
const longestDeclaration = 150;

interface Declaration {
  readonly name: string;
  readonly kind: 'function' | ParsedClass['kind'];
  readonly indent: number;
  readonly exported: boolean;
}

const scriptPatterns: readonly (readonly [RegExp, Declaration['kind']])[] = [
  [/^(export\s+)?(?:default\s+)?(?:declare\s+)?(?:async\s+)?function\*?\s+([\w$]+)/, 'function'],
  [
    /^(export\s+)?(?:const|let|var)\s+([\w$]+)[^=]*=\s*(?:async\s*)?(?:\([^)]*\)?[^=]*|[\w$]+\s*)=>/,
    'function',
  ],
  [/^(export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?class\s+([\w$]+)/, 'class'],
  [/^(export\s+)?(?:declare\s+)?interface\s+([\w$]+)/, 'interface'],
  [/^(export\s+)?(?:declare\s+)?type\s+([\w$]+)[^=]*=/, 'type'],
  [/^(export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+([\w$]+)/, 'enum'],
  [/^(export\s+)?(?:declare\s+)?(?:const|let|var)\s+([\w$]+)/, 'constant'],
];

const notMethods = /^(if|for|while|switch|catch|return|else|function|super|await|throw|new)$/;

function scriptDeclaration(line: string): Declaration | null {
  for (const [pattern, kind] of scriptPatterns) {
    const found = pattern.exec(line);
    if (found?.[2] !== undefined)
      return { name: found[2], kind, indent: 0, exported: found[1] !== undefined };
  }
  const method =
    /^(\s+)(?:(?:public|private|protected|static|override|async|get|set)\s+)*([\w$#]+)\s*(?:<[^>]*>)?\([^;]*\{\s*$/.exec(
      line,
    );
  if (method?.[1] === undefined || method[2] === undefined || notMethods.test(method[2]))
    return null;
  return { name: method[2], kind: 'function', indent: method[1].length, exported: true };
}

function pythonDeclaration(line: string): Declaration | null {
  const found = /^(\s*)(?:async\s+)?(def|class)\s+(\w+)/.exec(line);
  if (found?.[3] !== undefined) {
    const kind = found[2] === 'def' ? 'function' : 'class';
    return { name: found[3], kind, indent: found[1]?.length ?? 0, exported: true };
  }
  const constant = /^([A-Za-z_]\w*)\s*(?::[^=]+)?=[^=]/.exec(line)?.[1];
  return constant === undefined
    ? null
    : { name: constant, kind: 'constant', indent: 0, exported: true };
}

/** The last line of what starts at `start`: by indentation, or by braces. */
function endOf(lines: readonly string[], start: number, python: boolean): number {
  const last = Math.min(lines.length, start + longestDeclaration);
  if (python) {
    const indent = indentOf(lines[start] ?? '');
    let end = start + 1;
    for (let i = start + 1; i < last; i++) {
      const line = lines[i] ?? '';
      if (line.trim() === '') continue;
      if (indentOf(line) <= indent && !/^\s*[)\]}]/.test(line)) break;
      end = i + 1;
    }
    return end;
  }
  let depth = 0;
  for (let i = start; i < last; i++) {
    for (const char of lines[i] ?? '') {
      if (char === '{' || char === '(') depth++;
      else if (char === '}' || char === ')') depth--;
    }
    if (depth <= 0) return i + 1;
  }
  return last;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The declaration up to its body, over several lines when it has to be. */
function headOf(lines: readonly string[], start: number, python: boolean): string {
  const text = lines
    .slice(start, start + 12)
    .join('\n')
    .slice(0, longestHeadText);
  const end = (python ? /:\s*(#.*)?\n|:\s*$/ : /\{\s*\n|=>\s*\{|;\s*\n|\n(?=\S)/).exec(text);
  const head = onOneLine(end === null ? text : text.slice(0, end.index));
  return python ? head : head.replace(/^export\s+(default\s+)?/, '');
}

function parametersOf(head: string): readonly string[] {
  const inner = /\((.*)\)/.exec(head)?.[1] ?? '';
  return inner
    .split(/,(?![^<([{]*[>)\]}])/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function wordsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<![.\p{L}\p{N}_$])[\p{L}_$][\p{L}\p{N}_$.]*/gu)].map(
    ([word]) => word,
  );
}
