/** What an MCP client can read and be told of, as data and functions, independent of any SDK. */
export interface McpResources {
  readonly templates: readonly ResourceTemplate[];
  /** One page; `cursor` is the `nextCursor` of the page before. @throws RangeError for a foreign cursor */
  list(cursor: string | undefined): Promise<ResourcePage>;
  /** Undefined: there is no such resource. */
  read(uri: string): Promise<ResourceContent | undefined>;
  /** Calls back when it has changed; undefined: there is no such resource. */
  follow(uri: string, onChange: () => void): Promise<(() => void) | undefined>;
  /** Whether it has changed since the log stood at a sequence. */
  changedSince(uri: string, sequence: number): Promise<boolean>;
}

export interface ResourceTemplate {
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
}

export interface ResourceEntry {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
}

export interface ResourcePage {
  readonly resources: readonly ResourceEntry[];
  readonly nextCursor?: string;
}

export type ResourceContent =
  | { readonly mimeType: string; readonly text: string }
  | { readonly mimeType: string; readonly blob: string };
