export type { CausalChain } from './causality.ts';
export {
  codingEvents,
  type Event,
  type EventData,
  EventType,
  type GivenFile,
  type Language,
  type ModelCall,
  type NewEvent,
  type PlannedModule,
  type SourceFile,
  type TestFile,
  type TestResult,
} from './coding/coding-events.ts';
export { StateProjection } from './coding/state-projection.ts';
export type {
  Anomaly,
  Intervention,
  ModuleState,
  ModuleStatus,
  OpenBugReport,
  TaskState,
  TaskStatus,
} from './coding/task-state.ts';
export { type CreateEventOptions, createEvent } from './create-event.ts';
export {
  DuplicateSequenceError,
  type EventsErrorCode,
  type EventsErrors,
  InvalidCatalogError,
  InvalidPayloadError,
  InvalidVectorClockError,
  isEventsError,
  type PayloadIssue,
  UnknownEventTypeError,
  VectorClockOverflowError,
} from './errors.ts';
export type {
  AnyEvent,
  EventEnvelope,
  EventRecord,
  JsonValue,
  NewEventRecord,
} from './event.ts';
export {
  defineEvents,
  type EventCatalog,
  type EventDefinition,
  type EventDefinitions,
  type EventOf,
  type NewEventOf,
} from './event-catalog.ts';
export { createEventIdGenerator } from './event-id.ts';
export { fromJSON, toJSON } from './event-json.ts';
export {
  type CurrentCode,
  EventOrdering,
  type ReportCheck,
  type ReportedCode,
  type ReportRefusal,
} from './event-ordering.ts';
export type { EventOutline } from './event-outline.ts';
export { EventsError } from './events-error.ts';
export { NewerFormatError } from './newer-format-error.ts';
export {
  type DecodedEvent,
  decodeEvent,
  type ParsedPayload,
  parsePayload,
} from './payload.ts';
export { type Projection, rebuild } from './projection.ts';
export type { CompleteEventStore, EventStoreOptions } from './store/create-event-store.ts';
export type {
  AppendGroup,
  AppendOptions,
  AppendResult,
  Checkpoint,
  EventStore,
  ExpectedVersion,
  LogHead,
  ReadQuery,
  StoreHealth,
  SubscribeOptions,
  SubscriptionMessage,
  TaskHead,
} from './store/event-store.ts';
export type { EventTransfer, PageReader } from './store/event-transfer.ts';
export { createMemoryEventStore } from './store/memory-event-store.ts';
export { exportNdjson, importNdjson } from './store/ndjson.ts';
export { createSnapshots, type SnapshotOptions, type Snapshots } from './store/snapshots.ts';
export {
  CheckpointConflictError,
  ClockRegressionError,
  EventIdConflictError,
  EventTooLargeError,
  IntegrityError,
  InvalidArgumentError,
  InvalidEventError,
  QueueFullError,
  StoreClosedError,
  type StoreErrors,
  StoreLockedError,
  StorePathError,
  StoreUnavailableError,
  UnknownCauseError,
  VersionConflictError,
} from './store-errors.ts';
export { maxTaskIdLength, parseTaskId } from './task-id.ts';
export { type ClockOrder, VectorClock } from './vector-clock.ts';
