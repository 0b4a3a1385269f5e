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
export type {
  Anomaly,
  Intervention,
  ModuleState,
  ModuleStatus,
  OpenBugReport,
  TaskState,
  TaskStatus,
} from './coding/task-state.ts';
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
export type { VectorClock } from './vector-clock.ts';
