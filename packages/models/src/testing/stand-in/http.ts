import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer that ends the handling of a request early. */
export class HttpFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'HttpFailure';
    this.status = status;
  }
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

export function sendText(response: ServerResponse, text: string, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
}

/** The body as an object, with the refusals that Ollama has. */
export async function readJsonBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') throw new HttpFailure(400, 'missing request body');
  try {
    const body: unknown = JSON.parse(text);
    if (isRecord(body)) return body;
  } catch (cause) {
    throw new HttpFailure(400, `invalid character in request body: ${(cause as Error).message}`);
  }
  throw new HttpFailure(400, 'json: cannot unmarshal request body into an object');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
