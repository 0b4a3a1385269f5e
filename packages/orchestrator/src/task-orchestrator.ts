import type { DeadLetter } from './dead-letters.ts';
import type { OrchestratorEvents, ShutdownMode, ShutdownReport } from './orchestrator-events.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';
import type { PriorityInput } from './priority.ts';
import type { OrchestratorStats } from './stats.ts';
import type { FunctionTask, Task, TaskHandle, TaskHandler, TrySubmitResult } from './task.ts';

/** A bounded priority task queue with supervision and backpressure. */
export interface TaskOrchestrator extends AsyncDisposable {
  submit<Result>(task: FunctionTask<Result>): TaskHandle<Result>;
  submit<Result = unknown>(task: Task<Result>): TaskHandle<Result>;
  trySubmit<Result>(task: FunctionTask<Result>): TrySubmitResult<Result>;
  trySubmit<Result = unknown>(task: Task<Result>): TrySubmitResult<Result>;
  register(kind: string, handler: TaskHandler): void;
  get(id: string): TaskHandle | undefined;
  cancel(id: string, reason?: unknown): boolean;
  forget(id: string): boolean;
  pause(): void;
  resume(): void;
  setPriority(id: string, priority: PriorityInput): boolean;
  setConcurrency(maxConcurrent: number): void;
  setKeyLimit(key: string, limit: number): void;
  onIdle(): Promise<void>;
  stats(): OrchestratorStats;
  deadLetters(): readonly DeadLetter[];
  redrive(id: string): TaskHandle;
  on<Name extends keyof OrchestratorEvents>(
    name: Name,
    listener: (event: OrchestratorEvents[Name]) => void,
  ): () => void;
  shutdown(options: {
    readonly mode: ShutdownMode;
    readonly deadlineMs?: number;
  }): Promise<ShutdownReport>;
  close(): Promise<void>;
}

export declare const TaskOrchestrator: new (options?: OrchestratorOptions) => TaskOrchestrator;
