import { type RequestHandler, Router } from 'express';
import type { AdmissionOptions } from '../http/admission.ts';
import { createAdmission } from '../http/admission.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { replyProblem } from '../http/reply.ts';
import { toProblem } from '../http/to-problem.ts';
import { createServices, type ServicesOptions } from '../services.ts';
import { createMcp, type McpOptions } from './create-mcp.ts';

export interface McpRouterOptions extends ServicesOptions, Partial<McpOptions> {
  readonly auth: AdmissionOptions;
}

export interface McpRouter {
  /** `app.use('/mcp', router)` */
  readonly router: Router;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * MCP over an event store and a `CodingTasks` port, for any Express app: the tools, resources and
 * prompts, `GET /` and `POST /tools/call`, behind the same check of Host, Origin and token.
 */
export function createMcpRouter(options: McpRouterOptions): McpRouter {
  const services = createServices(options);
  const mcp = createMcp(services, { version: '0.0.0', ...options });
  const admission = createAdmission(options.auth);
  const admit: RequestHandler = (request, _response, next) => {
    const refusal = admission(request);
    if (refusal) throw refusal;
    next();
  };
  const router = Router();
  router.use(admit, mcp.router);
  router.use((error: unknown, ...[request, response]: Parameters<RequestHandler>) => {
    const problem = toProblem(error);
    if (problem === undefined) services.onError(error);
    const told = problem ?? new HttpProblem('internal', 'Something went wrong');
    if (response.headersSent) response.destroy();
    else replyProblem(request, response, told);
  });
  async function close(): Promise<void> {
    await mcp.close();
    await services.close();
  }
  return { router, close, [Symbol.asyncDispose]: close };
}
