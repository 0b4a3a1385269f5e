import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The sources of the programs that run outside the server: the supervisor and the harnesses.
 * They are shipped as they are and bundled when a runner starts.
 */
export function insideFolder(): string {
  const manifest = createRequire(import.meta.filename).resolve('@org/workflow/package.json');
  return join(dirname(manifest), 'src', 'sandbox', 'inside');
}
