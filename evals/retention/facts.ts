import { bare } from './bare-text.ts';
import { type Declaration, findDeclaration, namedImports, resolveImport } from './declarations.ts';
import { historyText } from './history-text.ts';
import { addedLines, type Query } from './query.ts';
import { isSource, isTest } from './source-file.ts';

/** `api-h1` … `api-h4`: signatures that the step uses, and those behind them; see the README. */
export type Family = 'api-h1' | 'api-h2' | 'api-h3' | 'api-h4' | 'why' | 'test' | 'edit';

export const families: readonly Family[] = [
  'api-h1',
  'api-h2',
  'api-h3',
  'api-h4',
  'why',
  'test',
  'edit',
];

/** Something that the next step needs. It is kept when all of its texts are in the context. */
export interface Fact {
  readonly family: Family;
  /** Without white space. */
  readonly strict: readonly string[];
  readonly lenient: readonly string[];
}

/** At most so many of each family, so that one commit does not outweigh the others. */
const most: Readonly<Record<Family, number>> = {
  'api-h1': 10,
  'api-h2': 8,
  'api-h3': 6,
  'api-h4': 6,
  why: 5,
  test: 4,
  edit: 8,
};

/** What the next commit shows that it needed; only what the full history holds. */
export function factsOf(query: Query): readonly Fact[] {
  const whole = bare(historyText(query.history));
  const facts = [...apiFacts(query), ...whyFacts(query), ...testFacts(query), ...editFacts(query)];
  const counted = new Map<Family, number>();
  return facts.filter(({ family, strict }) => {
    const count = counted.get(family) ?? 0;
    if (count >= most[family] || !strict.every((text) => whole.includes(text))) return false;
    counted.set(family, count + 1);
    return true;
  });
}

/**
 * Hop 1: what the added lines use of other files, by the imports of the new version. Hop n + 1: what the
 * text of those declarations names.
 */
function apiFacts(query: Query): readonly Fact[] {
  const { files } = query.history;
  const seen = new Set<string>();
  let frontier: Declaration[] = [];
  function take(found: Declaration | null): Declaration[] {
    if (found === null || found.path === query.module) return [];
    const key = `${found.path}#${found.name}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [found];
  }
  for (const { path, before, after } of query.next.files) {
    if (!isSource(path)) continue;
    const words = new Set(
      addedLines(before, after)
        .join('\n')
        .match(/[\w$]+/g) ?? [],
    );
    for (const { name, local, source } of namedImports(path, after)) {
      if (!words.has(local)) continue;
      const target = resolveImport(path, source, files);
      if (target !== null && target !== path)
        frontier.push(...take(findDeclaration(target, name, files)));
    }
  }
  const facts: Fact[] = [];
  for (const family of ['api-h1', 'api-h2', 'api-h3', 'api-h4'] as const) {
    facts.push(...frontier.map((declaration) => apiFact(family, declaration)));
    frontier = frontier.flatMap(({ path, text }) => {
      const imports = namedImports(path, files.get(path) ?? '');
      return (text.match(/[A-Za-z_$][\w$]*/g) ?? []).flatMap((word) => {
        const imported = imports.find(({ local }) => local === word);
        const target = imported === undefined ? path : resolveImport(path, imported.source, files);
        if (target === null) return [];
        return take(findDeclaration(target, imported?.name ?? word, files));
      });
    });
  }
  return facts;
}

function apiFact(family: Family, { path, name, text }: Declaration): Fact {
  return { family, strict: [path, bare(text).slice(0, 90)], lenient: [path, name] };
}

/** Why things are as they are: the last changes of the module and of what the step changes too. */
function whyFacts({ history, next, module }: Query): readonly Fact[] {
  const subjects = new Set<string>();
  const others = next.files.map(({ path }) => path).filter((path) => path !== module);
  for (const [path, count] of [[module, 2] as const, ...others.map((path) => [path, 1] as const)]) {
    history.steps
      .filter(({ files }) => files.some((file) => file.path === path))
      .slice(-count)
      .forEach(({ commit }) => {
        subjects.add(commit.subject);
      });
  }
  return [...subjects]
    .filter((subject) => bare(subject).length >= 12)
    .map((subject) => ({
      family: 'why',
      strict: [bare(subject)],
      lenient: [bare(subject).slice(0, 40)],
    }));
}

/** Which tests it concerns. */
function testFacts({ next, history }: Query): readonly Fact[] {
  return next.files
    .filter(({ path }) => isTest(path) && history.files.has(path))
    .map(({ path }) => ({
      family: 'test',
      strict: [bare(path)],
      lenient: [bare(path.slice(path.lastIndexOf('/') + 1))],
    }));
}

/** The exact lines that it replaces in other files. */
function editFacts({ next, module }: Query): readonly Fact[] {
  return next.files
    .filter(({ path, before }) => path !== module && isSource(path) && before !== '')
    .flatMap(({ path, before, after }) =>
      addedLines(after, before)
        .filter((line) => bare(line).length >= 20 && !/^\s*(\/\/|\*|\/\*|#)/.test(line))
        .slice(0, 3)
        .map((line): Fact => ({ family: 'edit', strict: [path, bare(line)], lenient: [path] })),
    );
}
