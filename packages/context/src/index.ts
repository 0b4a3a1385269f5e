export type { AssembleRequest, ContextPurpose } from './assemble-request.ts';
export type {
  AssembledContext,
  ContextLayer,
  DroppedPiece,
  IncludedPiece,
  LayerName,
  RebuiltContext,
} from './assembled-context.ts';
export type { PastWork, PastWorkItem, PastWorkQuery } from './builder/past-work.ts';
export type {
  SearchAnswer,
  SearchHit,
  SearchMode,
  SearchOptions,
} from './cache/semantic-search.ts';
export { ContextManager, type ContextManagerOptions } from './context-manager.ts';
export {
  ContextError,
  type ContextErrorCode,
  type ContextErrors,
  ContextOverflowError,
  InvalidContextRequestError,
  InvalidExportError,
  isContextError,
  NotRebuildableError,
  PromptMismatchError,
  UnknownModelError,
} from './errors.ts';
export type { CacheExport } from './graph/cache-export.ts';
export type {
  CacheEdge,
  CacheNode,
  DetailLevel,
  EdgeKind,
  NewCacheNode,
  NodeType,
  StoredNode,
} from './graph/cache-node.ts';
export { loadCodeParser, parseCode } from './graph/code/code-parser.ts';
export { languageOf } from './graph/code/language-of.ts';
export type {
  CodeLanguage,
  ParsedClass,
  ParsedFunction,
  ParsedImport,
  ParsedModule,
} from './graph/code/parsed-module.ts';
export { NetworkedCache, type NetworkedCacheOptions } from './graph/networked-cache.ts';
export type {
  RelatedContext,
  RelatedContextOptions,
  RelatedNode,
  RetrieveOptions,
} from './graph/related-context.ts';
