export type {
  SearchAnswer,
  SearchHit,
  SearchMode,
  SearchOptions,
} from './cache/semantic-search.ts';
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
