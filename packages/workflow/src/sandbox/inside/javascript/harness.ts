/**
 * Runs inside the sandbox, in the same process as the tests and the code under test.
 *
 * 1. The nonce is read before any file of the task loads, and standard input is then at its end.
 * 2. The tests are collected first: describe bodies run, test bodies do not.
 * 3. Results go over the separate pipe only; what is printed means nothing.
 * 4. Without an `end` message nothing has passed.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { openChannel, readConfig } from './channel.ts';
import { jestApi } from './jest-api.ts';
import { lockExpect } from './lock-expect.ts';
import { nodeTestApi } from './node-test-api.ts';
import { freezeJudges, replacedBuiltin, trusted } from './primordials.ts';
import { createRegistry, namedTests } from './registry.ts';
import { runTests } from './run-tests.ts';
import { createStubs } from './stub.ts';

const config = readConfig();
const send = openChannel(config.nonce);
const registry = createRegistry({ skipped: config.skipped });
const stubs = createStubs();
const jest = jestApi(registry);
let replay: (() => void) | null = null;

define(Symbol.for('@org/workflow/harness'), {
  jest,
  nodeTest: nodeTestApi(registry),
  stub: stubs.module,
  replay() {
    const once = replay;
    replay = null;
    once?.();
  },
});
for (const [name, value] of Object.entries(jest)) define(name, value);
define('require', createRequire(`${process.cwd()}/`));
define('__dirname', process.cwd());
disarmProcess();
freezeJudges();
lockExpect();
void main();

async function main(): Promise<void> {
  // Holds the process: a test that waits for nothing is ended by its own timeout.
  const hold = setInterval(() => {}, 1000);
  for (const test of config.tests) {
    try {
      await registry.file(test.path, () => import(test.module));
    } catch (error) {
      const syntax = error instanceof SyntaxError;
      send({
        type: 'load-failed',
        file: test.path,
        kind: syntax ? 'syntax' : 'crash',
        message: describeError(error),
      });
      trusted.exit(1);
    }
  }
  send({ type: 'names', names: [...namedTests(registry.files).values()] });
  const replaced = replacedBuiltin();
  if (replaced !== null) {
    send({ type: 'tampered', message: `A built-in function was replaced: ${replaced}` });
  }
  let results = 0;
  if (config.mode === 'run') {
    if (config.useStub) stubs.arm();
    results = await runTests(registry.files, {
      replayFile: fileURLToPath(new URL('./replay.mjs', import.meta.url)),
      onReplay: (next) => {
        replay = next;
      },
      send,
    });
  }
  clearInterval(hold);
  send({ type: 'end', results });
  await printed();
  trusted.exit(0);
}

/** What was printed last is on its way yet; a reader that does not read is not waited for. */
function printed(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1000);
    process.stdout.write('', () => process.stderr.write('', () => resolve()));
  });
}

/** Neither deleted nor replaced afterwards. */
function define(name: PropertyKey, value: unknown): void {
  if (typeof value === 'object' && value !== null) Object.freeze(value);
  Object.defineProperty(globalThis, name, { value, writable: false, configurable: false });
}

/** What reaches other processes; without namespaces the server's could be among them. */
function disarmProcess(): void {
  for (const name of ['kill', '_kill', '_debugProcess', '_debugEnd', 'dlopen', 'binding']) {
    Object.defineProperty(process, name, {
      value: () => {
        throw new Error(`process.${name} is not available here`);
      },
      writable: false,
      configurable: false,
    });
  }
}

function describeError(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : `Thrown: ${String(error)}`;
  } catch {
    return 'Something was thrown that cannot be shown.';
  }
}
