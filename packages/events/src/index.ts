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
export {
  DuplicateSequenceError,
  EventsError,
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
export {
  type CurrentCode,
  EventOrdering,
  type ReportCheck,
  type ReportedCode,
  type ReportRefusal,
} from './event-ordering.ts';
export {
  type DecodedEvent,
  decodeEvent,
  type ParsedPayload,
  parsePayload,
} from './payload.ts';
export { type Projection, rebuild } from './projection.ts';
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
export { type ClockOrder, VectorClock } from './vector-clock.ts';
