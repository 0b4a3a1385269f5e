import type { ErrorRequestHandler } from 'express';
import { problems } from '../wire/index.ts';
import { HttpProblem } from './http-problem.ts';
import { replyProblem } from './reply.ts';
import { toProblem } from './to-problem.ts';

export interface AnswerErrorsOptions {
  /** Told of errors that no client was to blame for, with the id that the client was given. */
  readonly onError: (error: unknown, errorId: string) => void;
  readonly generateId: () => string;
}

/** The one place where errors become problem details. Express knows it by its four parameters. */
export function answerErrors({ onError, generateId }: AnswerErrorsOptions): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
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
  };
}
