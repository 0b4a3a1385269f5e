/** Stands for a server that is killed while tests run: it starts an endless run and says so. */
import { createSandboxRunner, type SandboxChoice } from '../../src/sandbox/index.ts';

const [sandbox, token] = process.argv.slice(2);
// Both are written by the test.
const runner = await createSandboxRunner({ sandbox: sandbox as SandboxChoice });
const source = `
import { spawn } from 'node:child_process';
export const attack = () => {
  try { spawn('sh', ['-c', 'sleep 1000; : ${token}'], { detached: true, stdio: 'ignore' }).unref(); } catch {}
  console.log('running');
  for (;;);
};`;
const test = `import { attack } from './victim';\ntest('holds', () => attack());`;
void runner.run({
  language: 'javascript',
  files: [{ path: 'victim.js', content: source }],
  tests: [{ path: 'victim.spec.js', content: test }],
  expected: ['holds'],
});
