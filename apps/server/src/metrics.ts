import type { TaskOrchestrator } from '@org/orchestrator';
import type { CodingWorkflow, WorkflowHooks } from '@org/workflow';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The server's own figures beside the API's. Names carry units; no label carries a task id. */
export interface ServerMetrics {
  readonly registry: Registry;
  readonly hooks: WorkflowHooks;
  /** Gauges that are read when someone asks. */
  observe(parts: {
    readonly orchestrator: TaskOrchestrator;
    readonly workflow: CodingWorkflow;
  }): void;
}

export function createServerMetrics(): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // What Linux calls data counts all the room that V8 has reserved: many times the heap, which
  // nodejs_heap_size_used_bytes tells, and more than process_resident_memory_bytes.
  registry.removeSingleMetric('process_heap_bytes');
  const compression = new Histogram({
    name: 'context_compression_ratio',
    help: "Tokens of a task's whole log for each token of the context made from it",
    labelNames: ['model', 'purpose'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    registers,
  });
  const contextTokens = new Histogram({
    name: 'context_tokens',
    help: 'Tokens of a context, by our count',
    labelNames: ['model', 'purpose'],
    buckets: [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768],
    registers,
  });
  const tokens = new Counter({
    name: 'model_tokens_total',
    help: "Tokens read and written by models, by the models' own count",
    labelNames: ['model', 'kind'],
    registers,
  });
  const callSeconds = new Histogram({
    name: 'model_call_duration_seconds',
    help: 'Time of a call to a model, waiting for its host included',
    labelNames: ['model', 'purpose', 'outcome'],
    buckets: [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600],
    registers,
  });
  const stepSeconds = new Histogram({
    name: 'step_duration_seconds',
    help: 'Time of a step from its submission to its end',
    labelNames: ['kind', 'outcome'],
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800],
    registers,
  });
  const events = new Counter({
    name: 'events_appended_total',
    help: 'Events that the workflow has stored',
    labelNames: ['type'],
    registers,
  });
  const broken = new Counter({
    name: 'background_failures_total',
    help: 'Failures that nobody waited for',
    registers,
  });
  return {
    registry,
    hooks: {
      onModelCall({ call }) {
        const { model, signature: purpose, outcome } = call;
        compression.observe({ model, purpose }, call.prompt.compressionRatio);
        contextTokens.observe({ model, purpose }, call.tokens.estimated);
        callSeconds.observe({ model, purpose, outcome }, call.durationMs / 1_000);
        tokens.inc({ model, kind: 'prompt' }, call.tokens.prompt ?? 0);
        tokens.inc({ model, kind: 'completion' }, call.tokens.completion ?? 0);
      },
      onStepSettled({ step, outcome, durationMs }) {
        stepSeconds.observe({ kind: step.kind, outcome }, durationMs / 1_000);
      },
      onAppended(appended) {
        for (const { eventType } of appended) events.inc({ type: eventType });
      },
      onError() {
        broken.inc();
      },
    },
    observe({ orchestrator, workflow }) {
      gauge(registry, 'queue_tasks', 'Tasks in the queue, by priority', (set) => {
        const { queuedByPriority } = orchestrator.stats();
        for (const [priority, count] of Object.entries(queuedByPriority)) set({ priority }, count);
      });
      gauge(registry, 'queue_running_tasks', 'Slots taken', (set) =>
        set({}, orchestrator.stats().running),
      );
      gauge(registry, 'queue_oldest_wait_seconds', 'Wait of the oldest queued task', (set) =>
        set({}, orchestrator.stats().oldestWaitMs / 1_000),
      );
      gauge(registry, 'coding_tasks_unfinished', 'Coding tasks that have not ended', (set) =>
        set({}, workflow.figures().unfinished),
      );
    },
  };
}

function gauge(
  registry: Registry,
  name: string,
  help: string,
  read: (set: (labels: Readonly<Record<string, string>>, value: number) => void) => void,
): void {
  new Gauge({
    name,
    help,
    labelNames: ['priority'],
    registers: [registry],
    collect() {
      this.reset();
      read((labels, value) => this.set(labels, value));
    },
  });
}
