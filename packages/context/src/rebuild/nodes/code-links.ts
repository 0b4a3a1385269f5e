import type { ParsedModule } from '../../graph/code/parsed-module.ts';
import type { NetworkedCache } from '../../graph/networked-cache.ts';
import { type CodeMap, type MappedFile, submoduleSources } from './code-map.ts';
import { jsonText } from './json-text.ts';
import { importedStems, libraryOf } from './module-path.ts';
import { keptEventIds } from './touched-node.ts';

/**
 * Ties a file and everything it declares to what they need: its modules and libraries by its imports,
 * its functions and types by the names they use. A pure function of the files as they stand.
 */
export function linkFiles(cache: NetworkedCache, map: CodeMap, changed: Iterable<string>): void {
  const affected = new Set<string>();
  for (const path of changed) for (const other of map.affectedBy(path)) affected.add(other);
  const libraries = new Set<string>();
  for (const path of [...affected].sort()) linkFile(cache, map, { path, libraries });
  for (const library of [...libraries].sort()) keepLibrary(cache, library);
}

function linkFile(
  cache: NetworkedCache,
  map: CodeMap,
  { path, libraries }: { readonly path: string; readonly libraries: Set<string> },
): void {
  const file = map.file(path);
  if (file === undefined) return;
  if (file.kind === 'test') {
    linkTest(cache, map, file);
    return;
  }
  const former = cache.targets(`module:${path}`, 'depends_on');
  const locals = importedNames(map, file);
  const planned = plannedDependencies(cache, path);
  const needed = new Set([...planned, ...importedModules(map, file)]);
  needed.delete(`module:${path}`);
  cache.setEdges(`module:${path}`, 'depends_on', [...needed]);
  for (const id of [...former, ...needed]) if (id.startsWith('lib:')) libraries.add(id);
  for (const { name, uses } of [...file.parsed.functions, ...file.parsed.classes]) {
    const id = file.symbols.get(name);
    if (id === undefined) continue;
    const targets = new Set(uses.flatMap((use) => resolveUse(use, file, locals)));
    targets.delete(id);
    cache.setEdges(id, 'depends_on', [...targets]);
  }
}

/** A test file refers to the modules that it imports; what else it needs is of no interest. */
function linkTest(cache: NetworkedCache, map: CodeMap, file: MappedFile): void {
  const imported = importedModules(map, file).filter((id) => cache.peek(id)?.type === 'module');
  cache.setEdges(`test:${file.path}`, 'references', [...new Set(imported)]);
}

/** What the plan says that a module is built upon. */
function plannedDependencies(cache: NetworkedCache, path: string): readonly string[] {
  const planned = cache.peek(`module:${path}`)?.metadata.plannedOn;
  return Array.isArray(planned) ? planned.map((name) => `module:${String(name)}`) : [];
}

type Locals = ReadonlyMap<string, (member: string | null) => readonly string[]>;

/** What each imported local name stands for: node ids, given the member that is taken of it. */
function importedNames(map: CodeMap, file: MappedFile): Locals {
  const locals = new Map<string, (member: string | null) => readonly string[]>();
  const _python = file.parsed.language === 'python';
  for (const { source, names, reexport } of file.parsed.imports) {
    if (reexport) continue;
    const target = map.resolve(file.path, source);
    const library = target === undefined ? libraryId(file.path, source) : undefined;
    for (const { imported, local } of names) {
      if (local === '*') continue;
      const submodule =
        imported === '*'
          ? target
          : map.resolve(file.path, `${source.replace(/\.$/, '')}.${imported}`);
      locals.set(local, (member) => {
        if (library !== undefined) return [library];
        const path = imported === '*' ? target : submodule;
        if (path !== undefined)
          return member === null ? [`module:${path}`] : present(map.symbol(path, member));
        return target === undefined ? [] : present(map.symbol(target, imported));
      });
    }
  }
  addStarImports(map, file, locals);
  return locals;
}

/** `from x import *` brings every name that the file does not declare itself. */
function addStarImports(
  map: CodeMap,
  file: MappedFile,
  locals: Map<string, (member: string | null) => readonly string[]>,
): void {
  for (const { source, names, reexport } of file.parsed.imports) {
    if (reexport || !names.some(({ local }) => local === '*')) continue;
    const target = map.resolve(file.path, source);
    const declared: ParsedModule | undefined =
      target === undefined ? undefined : map.file(target)?.parsed;
    for (const name of declared?.exports ?? []) {
      if (target === undefined || locals.has(name)) continue;
      locals.set(name, () => present(map.symbol(target, name)));
    }
  }
}

function resolveUse(use: string, file: MappedFile, locals: Locals): readonly string[] {
  const dot = use.indexOf('.');
  const head = dot < 0 ? use : use.slice(0, dot);
  const own = file.symbols.get(use) ?? file.symbols.get(head);
  if (own !== undefined) return [own];
  // `import a.b` is used as `a.b.f`: the longest name that was imported counts.
  const lastDot = use.lastIndexOf('.');
  const holder = locals.get(use.slice(0, Math.max(0, lastDot)));
  if (holder !== undefined) return holder(use.slice(lastDot + 1));
  return locals.get(head)?.(dot < 0 ? null : use.slice(dot + 1)) ?? [];
}

function importedModules(map: CodeMap, file: MappedFile): readonly string[] {
  return file.parsed.imports.flatMap((imported) => {
    const sources =
      file.parsed.language === 'python'
        ? [imported.source, ...submoduleSources(imported)]
        : [imported.source];
    const found = sources.flatMap((source) => map.resolve(file.path, source) ?? []);
    if (found.length > 0) return found.map((path) => `module:${path}`);
    const library = libraryId(file.path, imported.source);
    if (library !== undefined) return [library];
    const [stem] = importedStems(file.path, imported.source);
    return stem === undefined || stem === '' ? [] : [`module:${stem}`];
  });
}

function libraryId(from: string, source: string): string | undefined {
  const library = libraryOf(from, source);
  return library === null ? undefined : `lib:${library}`;
}

function present(id: string | undefined): readonly string[] {
  return id === undefined ? [] : [id];
}

/** A library is known as long as a module imports it, from the events that brought those modules' code. */
function keepLibrary(cache: NetworkedCache, id: string): void {
  const events = cache
    .sources(id, 'depends_on')
    .filter((source) => source.startsWith('module:'))
    .flatMap((source) => cache.peek(source) ?? [])
    .map(({ metadata }) => [Number(metadata.codeSequence), jsonText(metadata.codeEvent)] as const)
    .sort(([a], [b]) => a - b);
  if (events.length === 0) {
    cache.removeNode(id);
    return;
  }
  const eventIds = [...new Set(events.map(([, eventId]) => eventId))];
  cache.addNode({
    id,
    type: 'library',
    name: id.slice('lib:'.length),
    eventIds: keptEventIds(eventIds),
    sequence: events.at(-1)?.[0] ?? 0,
  });
}
