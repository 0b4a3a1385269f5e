import type { IncomingMessage, ServerResponse } from 'node:http';
import { problems } from '../wire/index.ts';
import { HttpProblem } from './http-problem.ts';
import { replyProblem } from './reply.ts';
import { toProblem } from './to-problem.ts';

export interface AnswerErrorOptions {
  /** Told of errors that no client was to blame for, with the id that the client was given. */
  readonly onError: (error: unknown, errorId: string) => void;
  readonly generateId: () => string;
}

/** The one place where errors become problem details. */
export function answerError(
  error: unknown,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { onError, generateId }: AnswerErrorOptions,
): void {
  let problem = toProblem(error);
  if (problem === undefined || problems[problem.slug].status === 500) {
    const errorId = generateId();
    onError(error, errorId);
    problem = new HttpProblem('internal', `See ${errorId} in the log`, {
      extras: { error_id: errorId },
    });
  }
  if (response.headersSent) response.destroy();
  else replyProblem(request, response, problem);
}
