/**
 * Run as another process, by a user who is not root: every attack in one kind of sandbox.
 * Prints one JSON line per attack.
 */
import { createSandboxRunner, type SandboxChoice } from '../../src/sandbox/index.ts';
import { type AttackResult, runAttack } from './attack.ts';
import { type Bait, javascriptAttacks } from './javascript-attacks.ts';
import { pythonAttacks } from './python-attacks.ts';

export interface OrdinaryUserReport {
  readonly name: string;
  readonly uid: number;
  readonly kinds: readonly string[] | null;
  readonly result: AttackResult;
}

const [sandbox, bait] = process.argv.slice(2);
// Both are written by the test.
await using runner = await createSandboxRunner({ sandbox: sandbox as SandboxChoice });
const laid = JSON.parse(bait ?? '') as Bait;
const attacks = [
  ...javascriptAttacks(laid),
  ...(runner.languages.includes('python') ? pythonAttacks(laid) : []),
];
for (const attack of attacks) {
  const report: OrdinaryUserReport = {
    name: attack.name,
    uid: process.getuid?.() ?? -1,
    kinds: attack.kinds ?? null,
    result: await runAttack(runner, attack),
  };
  console.log(JSON.stringify(report));
}
