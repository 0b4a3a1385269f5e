import { randomUUID } from 'node:crypto';
import { type RequestHandler, Router } from 'express';
import type { AdmissionOptions } from '../http/admission.ts';
import { createAdmission } from '../http/admission.ts';
import { answeringErrors } from '../http/http-handler.ts';
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
  const { onError } = services;
  router.use(answeringErrors({ onError: (error) => onError(error), generateId: randomUUID }));
  async function close(): Promise<void> {
    await mcp.close();
    await services.close();
  }
  return { router, close, [Symbol.asyncDispose]: close };
}
