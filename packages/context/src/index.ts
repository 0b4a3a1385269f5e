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
  isContextError,
  NotRebuildableError,
  PromptMismatchError,
  UnknownModelError,
} from './errors.ts';
export type {
  CacheEdge,
  CacheNode,
  DetailLevel,
  EdgeKind,
  NewCacheNode,
  NodeType,
} from './graph/cache-node.ts';
export type {
  CodeLanguage,
  ParsedClass,
  ParsedFunction,
  ParsedImport,
  ParsedModule,
} from './graph/parsed-module.ts';
export type {
  RelatedContext,
  RelatedContextOptions,
  RelatedNode,
  RetrieveOptions,
} from './graph/related-context.ts';
