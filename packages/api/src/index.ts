export { ApiError, type ApiErrorCode, isApiError } from './api-errors.ts';
export type {
  BugReportOutcome,
  BugReportRequest,
  CallOptions,
  CancelOptions,
  ChangeOptions,
  CodingTasks,
  ContextExplanation,
  EndedTask,
  GraphEdge,
  GraphExport,
  GraphNode,
  HealthCheck,
  HealthReport,
  HealthStatus,
  InterventionRequest,
  PriorityName,
  QueueFigures,
  RecordedIntervention,
  StartedTask,
  StartTaskRequest,
  TaskFile,
} from './coding-tasks.ts';
export {
  type Api,
  type ApiHooks,
  type ApiLimits,
  type ApiOptions,
  createApi,
} from './create-api.ts';
export { createEventFeed, type EventFeed, type EventFeedOptions } from './feed/event-feed.ts';
export { type Admission, type AdmissionOptions, createAdmission } from './http/admission.ts';
export type { RequestRecord } from './http/http-handler.ts';
export { securityHeaders } from './http/reply.ts';
export type { Route } from './http/route.ts';
export { createMcpRouter, type McpRouter, type McpRouterOptions } from './mcp/create-mcp-router.ts';
export { type PortError, type PortErrorCode, portErrorStatus } from './port-errors.ts';
export { createTaskIndex, type TaskIndex, type TaskIndexOptions } from './reads/task-index.ts';
export { createTaskStates, type TaskStates, type TaskStatesOptions } from './reads/task-states.ts';
export { createServices, type Services, type ServicesOptions } from './services.ts';
export {
  type StartTaskOptions,
  type TaskEnd,
  TaskManager,
  type TaskManagerOptions,
} from './task-manager.ts';
export {
  type UpdateOutcome,
  VersionedState,
  type VersionedStateOptions,
} from './versioned-state.ts';
export { closeCodes } from './ws/close-codes.ts';
export { eventsProtocol } from './ws/subprotocols.ts';
export {
  type ConnectOptions,
  WebSocketManager,
  type WebSocketManagerOptions,
} from './ws/websocket-manager.ts';
