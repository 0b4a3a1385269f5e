/** What some answer has; a test reads what it has asked for. */
export interface Body {
  readonly task_id: string;
  readonly event_id: string;
  readonly status: unknown;
  readonly version: number;
  readonly code_version: number;
  readonly code_hash: string | null;
  readonly created_at: string;
  readonly ended_at: string | null;
  readonly websocket_url: string;
  readonly prompt: string;
  readonly priority: string | null;
  readonly content: string;
  readonly items: readonly { readonly task_id: string; readonly event_type: string }[];
  readonly next_after: number | null;
  readonly has_more: boolean;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly [{ readonly field: string; readonly message: string }];
  readonly limit: number;
  readonly error_id: string;
  readonly checks: readonly { readonly name: string; readonly status: string }[];
}

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly body: Body;
}

/** Reads a whole JSON answer. */
export async function answer(pending: Promise<Response> | Response): Promise<Answer> {
  const response = await pending;
  // Tests state what they expect of it in the next line.
  const body = (await response.json()) as Body;
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    headers: response.headers,
    body,
  };
}
