import type { HealthReport, HealthStatus } from '@org/api';
import type { EventStore } from '@org/events';
import type { TaskOrchestrator } from '@org/orchestrator';
import type { CodingWorkflow, TestRunner } from '@org/workflow';
import { type Models, modelFault } from './models.ts';

/** The parts that have to work for a task to get on. */
export interface HealthSubjects {
  readonly store: Pick<EventStore, 'health'>;
  readonly orchestrator: TaskOrchestrator;
  readonly workflow: CodingWorkflow;
  readonly testRunner: TestRunner;
  readonly models: () => Models;
}

/** Asks each part how it is; each has a line of its own. */
export async function checkHealth(
  subjects: HealthSubjects,
  signal: AbortSignal,
): Promise<HealthReport> {
  const checks = [
    storeCheck(subjects),
    workersCheck(subjects.orchestrator),
    await modelsCheck(subjects.models(), signal),
    sandboxCheck(subjects.testRunner),
  ];
  return { status: worst(checks.map((check) => check.status)), checks };
}

type Check = HealthReport['checks'][number];

function storeCheck({ store, workflow }: HealthSubjects): Check {
  const health = store.health();
  const waiting = workflow.figures().waitingForStore;
  if (health.status !== 'ok') {
    const status = health.status === 'degraded' ? 'degraded' : 'failed';
    return { name: 'store', status, detail: health.error?.message ?? health.status };
  }
  return waiting > 0
    ? { name: 'store', status: 'degraded', detail: `${waiting} tasks wait for the store` }
    : { name: 'store', status: 'ok', detail: `${health.head.sequence} events` };
}

function workersCheck(orchestrator: TaskOrchestrator): Check {
  const { workers, running, maxConcurrent, shuttingDown } = orchestrator.stats();
  const ready = workers.filter((worker) => worker.state === 'ready').length;
  const status =
    shuttingDown || ready === 0 ? 'failed' : ready < workers.length ? 'degraded' : 'ok';
  return {
    name: 'workers',
    status,
    detail: `${ready} of ${workers.length} workers ready, ${running} of ${maxConcurrent} slots taken`,
  };
}

async function modelsCheck(models: Models, signal: AbortSignal): Promise<Check> {
  const health = await models.health(signal);
  const fault = modelFault(health);
  if (fault !== null) return { name: 'ollama', status: 'failed', detail: fault };
  const version = health.reachable ? health.version : '';
  const standIn = health.reachable && health.standIn ? ', a stand-in with written answers' : '';
  const ids = models.languageModels.map((model) => model.id).join(', ');
  return { name: 'ollama', status: 'ok', detail: `${models.host} ${version}${standIn}: ${ids}` };
}

function sandboxCheck({ sandbox }: TestRunner): Check {
  const network = sandbox.networkBlocked ? 'network blocked' : 'NETWORK NOT BLOCKED';
  return {
    name: 'sandbox',
    status: 'ok',
    detail: `${sandbox.kind}, Node ${sandbox.node}, ${network}`,
  };
}

function worst(statuses: readonly HealthStatus[]): HealthStatus {
  if (statuses.includes('failed')) return 'failed';
  return statuses.includes('degraded') ? 'degraded' : 'ok';
}
