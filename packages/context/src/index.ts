export type { AssembleRequest, ContextPurpose } from './assembly/assemble-request.ts';
export type {
  AssembledContext,
  ContextLayer,
  DroppedPiece,
  IncludedPiece,
  LayerName,
  RebuiltContext,
} from './assembly/assembled-context.ts';
export { taskView } from './assembly/live-tasks.ts';
export { promptHashOf } from './assembly/prompt-layers.ts';
export type { Candidate, Level, PlacedPiece, SlotName } from './builder/candidate.ts';
export type { Focus } from './builder/focus.ts';
export {
  type BuildOptions,
  type BuiltState,
  HierarchicalContextBuilder,
  type HierarchicalContextBuilderOptions,
  type LivePiece,
} from './builder/hierarchical-context-builder.ts';
export type { PastWork, PastWorkItem, PastWorkQuery } from './builder/past-work.ts';
export { referencesIn, resolveReference } from './builder/pieces/reference.ts';
export type { TaskView } from './builder/pieces/task-view.ts';
export { type StateSources, stateSources } from './builder/state-sources.ts';
export type { CachePriority } from './cache/cache-priority.ts';
export { OfflineCache, type OfflineCacheOptions } from './cache/offline/offline-cache.ts';
export type {
  SearchAnswer,
  SearchHit,
  SearchMode,
  SearchOptions,
} from './cache/offline/search/search-answer.ts';
export {
  OnlineCache,
  type OnlineCacheOptions,
  type OnlineCacheStats,
} from './cache/online-cache.ts';
export type { OnlineEntry, SetOutcome } from './cache/online-entry.ts';
export { ContextManager, type ContextManagerOptions } from './context-manager.ts';
export { ContextError } from './errors/context-error.ts';
export {
  type ContextErrorCode,
  type ContextErrors,
  isContextError,
} from './errors/context-errors.ts';
export {
  OfflineCacheClosedError,
  OfflineCacheDamagedError,
  OfflineCacheSaveError,
  OfflineCacheUnavailableError,
} from './errors/offline-cache-errors.ts';
export {
  ContextOverflowError,
  InvalidContextRequestError,
  InvalidExportError,
  NotRebuildableError,
  PromptMismatchError,
  UnknownModelError,
} from './errors/request-errors.ts';
export { loadCodeParser, longestRead, parseCode } from './graph/code/code-parser.ts';
export { languageOf } from './graph/code/language-of.ts';
export type {
  CodeLanguage,
  ParsedClass,
  ParsedFunction,
  ParsedImport,
  ParsedModule,
} from './graph/code/parsed-module.ts';
export { NetworkedCache, type NetworkedCacheOptions } from './graph/networked-cache.ts';
export type { CacheExport } from './graph/nodes/cache-export.ts';
export type {
  CacheEdge,
  CacheNode,
  DetailLevel,
  EdgeKind,
  NewCacheNode,
  NodeType,
  StoredNode,
} from './graph/nodes/cache-node.ts';
export type {
  RelatedContext,
  RelatedContextOptions,
  RelatedNode,
  RetrieveOptions,
} from './graph/retrieval/related-context.ts';
export {
  type RoutableModel,
  type Route,
  type RouteRequest,
  routeModel,
} from './model-router.ts';
export {
  SystemPromptCache,
  type SystemPromptCacheOptions,
  type SystemPromptCacheStats,
  type SystemPromptGenerator,
} from './prompt-cache.ts';
export {
  EventSourcedCache,
  type EventSourcedCacheOptions,
  type RebuildOptions,
} from './rebuild/event-sourced-cache.ts';
export { RelevanceFilter, type RelevanceFilterOptions } from './relevance-filter.ts';
export type { EventPiece } from './summary/event-pieces.ts';
export {
  EventSummarizer,
  type EventSummarizerOptions,
  type EventSummary,
} from './summary/event-summarizer.ts';
export {
  FunctionSummarizer,
  type FunctionSummary,
  type FunctionSummaryInput,
} from './summary/function-summarizer.ts';
export {
  ModuleSummarizer,
  type ModuleSummary,
  type ModuleSummaryInput,
} from './summary/module-summarizer.ts';
export type { Author, SummarizerOptions } from './summary/prose.ts';
export type { TaskStatistics } from './summary/task-statistics.ts';
export {
  type ModuleResult,
  TaskSummarizer,
  type TaskSummary,
  type TaskSummaryInput,
} from './summary/task-summarizer.ts';
export { defaultSystemPrompt } from './system-prompt.ts';
export {
  type ContextSlots,
  contextTokens,
  type TokenBudget,
  tokenBudget,
} from './token-budget.ts';
