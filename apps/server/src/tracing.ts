import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Event, EventStore, NewEvent } from '@org/events';
import type { WorkflowHooks } from '@org/workflow';
import { version } from './version.ts';

const tracer = trace.getTracer('@org/server', version);

/**
 * Spans for steps and model calls (names of the OpenTelemetry GenAI conventions). Without an SDK installed
 * by the operator they cost nothing and go nowhere.
 */
export function tracingHooks(): WorkflowHooks {
  const steps = new Map<string, Span>();
  return {
    onStepStarted({ stepId, step }) {
      steps.set(stepId, tracer.startSpan(`step ${step.kind}`));
    },
    onStepSettled({ stepId, outcome }) {
      const span = steps.get(stepId);
      steps.delete(stepId);
      if (outcome !== 'completed')
        span?.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
      span?.end();
    },
    onModelCall({ call }) {
      const span = tracer.startSpan(`chat ${call.model}`, {
        startTime: Date.now() - call.durationMs,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'ollama',
          'gen_ai.request.model': call.model,
          'gen_ai.usage.input_tokens': call.tokens.prompt ?? call.tokens.estimated,
          'gen_ai.usage.output_tokens': call.tokens.completion ?? 0,
        },
      });
      if (call.outcome !== 'ok')
        span.setStatus({ code: SpanStatusCode.ERROR, message: call.outcome });
      span.end();
    },
  };
}

/** The same store, with a span around each append. */
export function traced<S extends EventStore<Event, NewEvent>>(store: S): S {
  const append: S['append'] = (taskId, events, options) =>
    tracer.startActiveSpan('append', async (span) => {
      try {
        return await store.append(taskId, events, options);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  return { ...store, append };
}
