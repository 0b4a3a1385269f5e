import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSandboxRunner, type SandboxChoice } from '../../src/sandbox/index.ts';
import type { TestRunner } from '../../src/test-runner.ts';
import { isTestRunnerError } from '../../src/test-runner-error.ts';
import { type Attack, jobFolders, ownTemporaryFolder, runAttack } from './attack.ts';
import { type LaidBait, layBait } from './bait.ts';
import { javascriptAttacks } from './javascript-attacks.ts';
import { pythonAttacks } from './python-attacks.ts';

// The machine may be busy with other tests: these limits only end what hangs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Runs every attack in one kind of sandbox, as the user of the tests. */
export function describeHostileCode(sandbox: SandboxChoice): void {
  describe(`hostile code in ${sandbox}`, () => {
    let folder: Awaited<ReturnType<typeof ownTemporaryFolder>>;
    let runner: TestRunner | null = null;
    let laid: LaidBait;
    let unavailable = '';

    beforeAll(async () => {
      folder = await ownTemporaryFolder();
      laid = await layBait(folder.path);
      try {
        runner = await createSandboxRunner({ sandbox });
      } catch (error) {
        if (!isTestRunnerError(error, 'SANDBOX_UNAVAILABLE')) throw error;
        unavailable = error.message;
      }
    });

    afterAll(async () => {
      expect(await jobFolders()).toEqual([]);
      expect(laid.connections()).toBe(0);
      await runner?.close();
      // The runner's own folder has gone with it.
      expect(await readdir(folder.path)).toEqual(['secret.mjs']);
      await laid[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    });

    const placeholder = { port: 0, secretFile: '', home: '' };
    const names = (attacks: readonly Attack[]) => attacks.map((attack) => attack.name);
    const all = [
      ...names(javascriptAttacks(placeholder)),
      ...(sandbox === 'node-permission' ? [] : names(pythonAttacks(placeholder))),
    ];

    it.concurrent.for(all)('fails and leaves nothing: %s', async (name, { skip }) => {
      if (runner === null) return skip(`${sandbox} does not work here: ${unavailable}`);
      if (name.startsWith('python') && !runner.languages.includes('python')) {
        return skip('there is no Python here');
      }
      const attacks = [...javascriptAttacks(laid.bait), ...pythonAttacks(laid.bait)];
      const attack = attacks.find((candidate) => candidate.name === name);
      if (attack === undefined) throw new Error('no such attack');
      const { outcome, wallMs, survivors } = await runAttack(runner, attack);
      expect(outcome).toMatchObject({ outcome: 'failed' });
      if (outcome.outcome === 'failed' && attack.kinds !== undefined) {
        expect(attack.kinds, outcome.failure.message).toContain(outcome.failure.kind);
      }
      expect(survivors).toEqual([]);
      // A bound on hanging, not a measurement.
      expect(wallMs).toBeLessThan((attack.limits?.timeoutMs ?? 20_000) + 20_000);
    });
  });
}
