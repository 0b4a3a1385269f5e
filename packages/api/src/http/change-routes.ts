import { z } from 'zod';
import type { Services } from '../services.ts';
import {
  acceptedBugReport,
  bugReport,
  cancelTask,
  endedTask,
  intervention,
  missingInIntervention,
  type ProblemSlug,
  recordedIntervention,
} from '../wire/index.ts';
import { boundVersion } from './etag.ts';
import { HttpProblem, invalidField } from './http-problem.ts';
import { defineRoute, type Route } from './route.ts';
import { taskParams } from './task-params.ts';

const requestHeaders = z.object({
  'if-match': z.string().optional().meta({ description: 'Only if the task is at this version' }),
});

const problems: readonly ProblemSlug[] = [
  'validation',
  'malformed-json',
  'task-not-found',
  'request-timeout',
  'version-conflict',
  'too-large',
  'unsupported-media-type',
  'unavailable',
];

function bound(ifMatch: string | undefined): { ifVersion?: number } {
  const ifVersion = boundVersion(ifMatch);
  return ifVersion === undefined ? {} : { ifVersion };
}

/** Cancel, interventions, bug reports. */
export function changeRoutes({ tasks, taskManager }: Services): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/tasks/:task_id/cancel',
      tag: 'Changes',
      summary: 'End a task as cancelled; answered when it has ended, harmless on an ended one',
      params: taskParams,
      requestHeaders,
      body: cancelTask,
      absentBody: {},
      answers: { 200: { description: 'How it ended', schema: endedTask.schema } },
      problems,
      async handle({ params: { task_id: taskId }, body, request }) {
        const options = { ...body, ...bound(request.headers['if-match']) };
        const { status, version } = await taskManager.cancelTask(taskId, options);
        return { body: endedTask.encode({ taskId, status, version }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/tasks/:task_id/interventions',
      tag: 'Changes',
      summary: 'Guide, answer, change the plan, pause or resume',
      params: taskParams,
      requestHeaders,
      body: intervention,
      answers: { 200: { description: 'It is stored', schema: recordedIntervention.schema } },
      problems: [...problems, 'task-ended'],
      async handle({ params: { task_id: taskId }, body, request }) {
        const missing = missingInIntervention(body);
        if (missing) throw invalidField(missing.field, missing.message);
        const options = bound(request.headers['if-match']);
        const { version, eventId } = await tasks.intervene(taskId, body, options);
        return { body: recordedIntervention.encode({ taskId, version, eventId }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/tasks/:task_id/bug-reports',
      tag: 'Changes',
      summary: 'Report a bug of the code; a stale report is stored and refused',
      params: taskParams,
      requestHeaders,
      body: bugReport,
      answers: { 200: { description: 'A correction follows', schema: acceptedBugReport.schema } },
      problems: [...problems, 'task-ended', 'stale-bug-report'],
      async handle({ params: { task_id: taskId }, body, request }) {
        const options = bound(request.headers['if-match']);
        const outcome = await tasks.reportBug(taskId, body, options);
        if (!outcome.accepted) {
          const { reason, supersededBy } = outcome;
          throw new HttpProblem(
            'stale-bug-report',
            `${reason}: the code is at version ${supersededBy}`,
            { extras: { superseded_by: supersededBy } },
          );
        }
        const { version, eventId } = outcome;
        return { body: acceptedBugReport.encode({ taskId, accepted: true, version, eventId }) };
      },
    }),
  ];
}
