import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';

/** Runs a request's work; of an error that is ours the client learns only that there was one. */
export async function shielded<Result>(
  onError: (error: unknown) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof McpError) throw error;
    onError(error);
    throw new McpError(ErrorCode.InternalError, 'Something went wrong');
  }
}
