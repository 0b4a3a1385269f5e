import type { Event, JsonValue } from '@org/events';
import { languageOf } from '../../graph/code/language-of.ts';
import type { ParsedClass, ParsedFunction, ParsedModule } from '../../graph/code/parsed-module.ts';
import type { NetworkedCache } from '../../graph/networked-cache.ts';
import type { NodeType } from '../../graph/nodes/cache-node.ts';
import type { CodeMap } from './code-map.ts';
import { moduleSummary } from './module-summary.ts';
import { parseOnce } from './parse-once.ts';
import { storageRef } from './storage-ref.ts';
import { passNode, touchNode } from './touched-node.ts';

/** A source file as an event brings it. */
export interface CodeFile {
  readonly path: string;
  readonly content: string;
  /** 0: the caller gave it. */
  readonly version: number;
}

/** Brings a module and what it declares to the state of a file. Ties are made by `linkFiles`. */
export function writeCode(
  cache: NetworkedCache,
  map: CodeMap,
  { event, file }: { readonly event: Event; readonly file: CodeFile },
): void {
  const id = `module:${file.path}`;
  const ref = storageRef({ taskId: event.taskId, path: file.path, version: file.version });
  const former = cache.peek(id)?.fullContentRef ?? null;
  const language = languageOf(file.path);
  const parsed = language === null ? null : parseOnce(file.content, language);
  const bodiesBefore = new Map(
    [...(map.file(file.path)?.symbols.values() ?? [])].map((symbol) => [
      symbol,
      cache.body(symbol),
    ]),
  );
  if (former !== null && former !== ref) cache.deleteContent(former);
  cache.setContent(ref, file.content);
  touchNode(cache, event, {
    id,
    type: 'module',
    name: file.path,
    fullContentRef: ref,
    metadata: {
      module: file.path,
      language,
      codeVersion: file.version,
      codeEvent: event.eventId,
      codeSequence: event.sequence,
      ...(parsed === null ? {} : { doc: parsed.doc, hasErrors: parsed.hasErrors }),
    },
  });
  if (parsed === null) return;
  writeSymbols(cache, map, { event, file, parsed, ref, bodiesBefore });
  cache.addNode({ id, type: 'module', ...moduleSummary(cache, id, parsed) });
}

function writeSymbols(
  cache: NetworkedCache,
  map: CodeMap,
  change: {
    readonly event: Event;
    readonly file: CodeFile;
    readonly parsed: ParsedModule;
    readonly ref: string;
    readonly bodiesBefore: ReadonlyMap<string, string | null>;
  },
): void {
  const { event, file, parsed, ref, bodiesBefore } = change;
  const module = `module:${file.path}`;
  const former = map.file(file.path)?.symbols ?? new Map<string, string>();
  const symbols = new Map<string, string>();
  // Classes first: they hold their methods.
  for (const declared of [...parsed.classes, ...parsed.functions]) {
    // Overloads and redefinitions: the first has the node, as readers meet it first.
    if (symbols.has(declared.name)) continue;
    const prefix = prefixOf(declared);
    const id = symbolId(cache, { prefix, name: declared.name, path: file.path, former });
    symbols.set(declared.name, id);
    const type: NodeType = prefix === 'func' ? 'function' : 'concept';
    const place = `#L${declared.startLine}-${declared.endLine}`;
    const node = {
      id,
      type,
      name: declared.name,
      signature: declared.signature,
      summary: declared.doc ?? '',
      fullContentRef: `${ref}${place}`,
      metadata: { module: file.path, ...symbolMetadata(declared) },
    };
    const same = bodiesBefore.get(id) === cache.content(node.fullContentRef);
    if (same && cache.peek(id) !== undefined) {
      cache.addNode(node);
      passNode(cache, event, id);
    } else touchNode(cache, event, node);
    cache.addEdge(module, id, 'contains');
    const holder = symbols.get(declared.name.slice(0, Math.max(0, declared.name.lastIndexOf('.'))));
    if (holder !== undefined) cache.addEdge(holder, id, 'contains');
  }
  const present = new Set(symbols.values());
  for (const id of former.values()) {
    if (present.has(id)) continue;
    cache.removeNode(id);
    for (const holder of cache.sources(id, 'contains')) cache.removeEdge(holder, id, 'contains');
  }
  map.set({ path: file.path, kind: 'module', parsed, symbols });
}

/** The file map of a cache that was imported: read back from its nodes and contents. */
export function mapCode(cache: NetworkedCache, map: CodeMap): void {
  for (const node of cache.nodes()) {
    if (node.type === 'test') mapTest(cache, map, node.name);
    if (node.type !== 'module') continue;
    const language = languageOf(node.name);
    const content = cache.body(node.id);
    if (language === null || content === null) continue;
    const symbols = new Map(
      cache
        .targets(node.id, 'contains')
        .flatMap((id) => cache.peek(id) ?? [])
        .filter(({ metadata }) => metadata.module === node.name)
        .map(({ id, name }) => [name, id]),
    );
    map.set({ path: node.name, kind: 'module', parsed: parseOnce(content, language), symbols });
  }
}

/** Notes what a test file imports. */
export function mapTest(cache: NetworkedCache, map: CodeMap, path: string): void {
  const node = cache.peek(`test:${path}`);
  const language = languageOf(path);
  const content = node?.metadata.kind === 'file' ? cache.body(node.id) : null;
  if (language === null || content === null) return;
  map.set({ path, kind: 'test', parsed: parseOnce(content, language), symbols: new Map() });
}

/** A declaration keeps its id while its module has it; a new one takes the short id when that is free. */
function symbolId(
  cache: NetworkedCache,
  wanted: {
    readonly prefix: string;
    readonly name: string;
    readonly path: string;
    readonly former: ReadonlyMap<string, string>;
  },
): string {
  const { prefix, name, path, former } = wanted;
  const kept = former.get(name);
  if (kept?.startsWith(`${prefix}:`)) return kept;
  const short = `${prefix}:${name}`;
  return cache.peek(short) === undefined ? short : `${prefix}:${path}#${name}`;
}

function prefixOf(declared: ParsedFunction | ParsedClass): 'func' | 'class' | 'const' | 'type' {
  if (!('kind' in declared)) return 'func';
  if (declared.kind === 'class') return 'class';
  return declared.kind === 'constant' ? 'const' : 'type';
}

function symbolMetadata(declared: ParsedFunction | ParsedClass): Record<string, JsonValue> {
  const { startLine, endLine, exported } = declared;
  const place = { startLine, endLine, exported };
  return 'kind' in declared
    ? { ...place, kind: declared.kind }
    : { ...place, kind: 'function', inputs: declared.inputs, output: declared.output };
}
