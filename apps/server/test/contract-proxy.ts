import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const prism = createRequire(import.meta.url).resolve('@stoplight/prism-cli/dist/index.js');

/** A proxy that holds every answer of a server against its own `/openapi.json`. */
export interface ContractProxy extends AsyncDisposable {
  readonly url: string;
  /** Ends it and tells each answer that the description does not allow, in Prism's words. */
  end(): Promise<readonly string[]>;
}

/**
 * Starts Prism before a server. An answer with another type or body than described comes out as a 500
 * of Prism's; one with a status that is not described is let through, and told at the end. Requests are
 * not checked, so that wrong ones reach the server. WebSockets, MCP and event streams cannot go through.
 */
export async function startContractProxy(upstream: string): Promise<ContractProxy> {
  const options = ['--errors', '--validate-request=false', '--host', '127.0.0.1', '--port', '0'];
  const child = spawn(
    process.execPath,
    [prism, 'proxy', ...options, `${upstream}/openapi.json`, upstream],
    { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const closed = once(child, 'close');
  const violations: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (/Violation|✖/.test(line)) violations.push(line);
      const listening = /listening on (http\S+)/.exec(line)?.[1];
      if (listening !== undefined) resolve(listening);
    });
    void closed.then(() => reject(new Error(`Prism ended: ${violations.join('\n')}`)));
  });
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill();
    await closed;
    return violations;
  };
  return { url, end, [Symbol.asyncDispose]: async () => void (await end()) };
}
