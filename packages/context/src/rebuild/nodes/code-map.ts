import { languageOf } from '../../graph/code/language-of.ts';
import type { ParsedImport, ParsedModule } from '../../graph/code/parsed-module.ts';
import { importedStems, stemOf } from './module-path.ts';

/** One source file as it stands: what it declares, and the node ids of that by name. */
export interface MappedFile {
  readonly path: string;
  /** Tests import, and are not imported. */
  readonly kind: 'module' | 'test';
  readonly parsed: ParsedModule;
  readonly symbols: ReadonlyMap<string, string>;
}

/** Which file declares what, and who imports it. Derived from the files alone. */
export class CodeMap {
  readonly #files = new Map<string, MappedFile>();
  readonly #pathsByStem = new Map<string, Set<string>>();
  readonly #importersByStem = new Map<string, Set<string>>();

  file(path: string): MappedFile | undefined {
    return this.#files.get(path);
  }

  paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  set(file: MappedFile): void {
    const former = this.#files.get(file.path);
    for (const stem of former === undefined ? [] : stemsImportedBy(former))
      this.#importersByStem.get(stem)?.delete(file.path);
    this.#files.set(file.path, file);
    if (file.kind === 'module') addTo(this.#pathsByStem, stemOf(file.path), file.path);
    for (const stem of stemsImportedBy(file)) addTo(this.#importersByStem, stem, file.path);
  }

  /** The file that an import means; undefined for a library or a file that is not there. */
  resolve(from: string, source: string): string | undefined {
    for (const stem of importedStems(from, source)) {
      const paths = [...(this.#pathsByStem.get(stem) ?? [])].filter((path) => path !== from);
      // With `a.ts` beside `a/index.ts` the shorter path wins, as Node and Python have it.
      paths.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
      if (paths[0] !== undefined) return paths[0];
    }
    return undefined;
  }

  /** The node id of what a file offers under a name, through whatever passes it on. */
  symbol(path: string, name: string, seen: ReadonlySet<string> = new Set()): string | undefined {
    const file = this.#files.get(path);
    if (file === undefined || seen.has(path)) return undefined;
    const own = file.symbols.get(name === 'default' ? (file.parsed.defaultExport ?? name) : name);
    if (own !== undefined) return own;
    const visited = new Set(seen).add(path);
    for (const passed of file.parsed.imports) {
      if (!passed.reexport && languageOf(path) !== 'python' && name !== 'default') continue;
      const target = this.resolve(path, passed.source);
      if (target === undefined) continue;
      for (const { imported, local } of passed.names) {
        if (local !== name && imported !== '*') continue;
        if (imported === '*' && local !== '*') continue;
        const found = this.symbol(target, imported === '*' ? name : imported, visited);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** A file and all whose ties may change with it: its importers, and theirs where they pass it on. */
  affectedBy(path: string): ReadonlySet<string> {
    const affected = new Set([path]);
    for (const changed of affected) {
      if (changed !== path && !this.#passesOn(changed)) continue;
      for (const importer of this.#importersByStem.get(stemOf(changed)) ?? [])
        affected.add(importer);
    }
    return affected;
  }

  #passesOn(path: string): boolean {
    const imports = this.#files.get(path)?.parsed.imports ?? [];
    return languageOf(path) === 'python' || imports.some(({ reexport }) => reexport);
  }
}

/** What `from . import models` may mean besides a name of the package: its submodule. */
export function submoduleSource(source: string, name: string): string {
  return source.endsWith('.') ? `${source}${name}` : `${source}.${name}`;
}

/** All of those of one import. */
export function submoduleSources({ source, names }: ParsedImport): readonly string[] {
  const prefix = source.endsWith('.') ? source : `${source}.`;
  return names
    .filter(({ imported }) => imported !== '*')
    .map(({ imported }) => `${prefix}${imported}`);
}

function stemsImportedBy({ path, parsed }: MappedFile): ReadonlySet<string> {
  const sources = parsed.imports.flatMap((imported) =>
    parsed.language === 'python'
      ? [imported.source, ...submoduleSources(imported)]
      : [imported.source],
  );
  return new Set(sources.flatMap((source) => importedStems(path, source)));
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}
