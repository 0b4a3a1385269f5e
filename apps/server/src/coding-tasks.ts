import type { CodingTasks } from '@org/api';
import type { CodingWorkflow } from '@org/workflow';

/** The workflow as the API asks for it. */
export function codingTasks(workflow: CodingWorkflow): CodingTasks {
  return {
    start: (request, options) => workflow.start(request, options),
    cancel: (taskId, options) => workflow.cancel(taskId, options),
    intervene: (taskId, intervention, options) => workflow.intervene(taskId, intervention, options),
    reportBug: (taskId, report, options) => workflow.reportBug(taskId, report, options),
    files: (taskId, options) => workflow.files(taskId, options),
    readFile: (taskId, path, options) => workflow.readFile(taskId, path, options),
    graph: (taskId, options) => workflow.graph(taskId, options),
    explainContext: (taskId, callId) => workflow.explainContext(taskId, callId),
  };
}
