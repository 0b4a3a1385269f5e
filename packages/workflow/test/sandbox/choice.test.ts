import { constants } from 'node:fs';
import { chmod, copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { hint } from '../../src/sandbox/choose-confinement.ts';
import { findProgram } from '../../src/sandbox/find-program.ts';
import { createSandboxRunner, javascript } from '../../src/sandbox/index.ts';
import type { SandboxLanguage } from '../../src/sandbox/language.ts';
import { ownTemporaryFolder } from './attack.ts';
import { tryTests } from './try-tests.ts';

// The machine may be busy with other tests: these limits only end what hangs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe('the choice of a sandbox', () => {
  it('tells which sandbox and which Node are active, from a real run', async () => {
    await using runner = await createSandboxRunner();
    expect(runner.sandbox.kind).not.toBe('none');
    expect(runner.sandbox.node).toBe(process.version);
    expect(runner.languages).toContain('javascript');
    expect(runner.languages).toContain('typescript');
  });

  it('refuses when no sandbox works, says why and what helps, and leaves nothing', async () => {
    await using folder = await ownTemporaryFolder();
    const broken = join(folder.path, 'not-node');
    await writeFile(broken, '#!/bin/sh\necho this is no Node >&2\nexit 3\n');
    await chmod(broken, 0o755);
    await expect(createSandboxRunner({ node: broken })).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      message: expect.stringMatching(/bubblewrap: .*\nnode-permission: .*\n.*sandbox: "none"/),
    });
    expect(await readdir(folder.path)).toEqual(['not-node']);
  });

  it('takes bubblewrap also for a Node that lies in a home, which nobody sees inside', async ({
    skip,
  }) => {
    if ((await findProgram('bwrap')) === null) return skip('there is no bubblewrap here');
    await using folder = await ownTemporaryFolder();
    // nvm and npx keep Node in the home; the temporary folder stands for it.
    const node = join(folder.path, 'node');
    await copyFile(process.execPath, node, constants.COPYFILE_FICLONE);
    await using runner = await createSandboxRunner({ node, sandbox: 'bubblewrap' });
    const { outcome } = await tryTests(runner, 'javascript', {
      tests: {
        'a.test.js': `import fs from 'node:fs';
          test('an empty /tmp', () => { expect(fs.readdirSync('/tmp')).toEqual([]); });`,
      },
    });
    expect(outcome).toMatchObject({ outcome: 'passed' });
  });

  it('says none only when it was asked for in so many words', async () => {
    await using runner = await createSandboxRunner({ sandbox: 'none' });
    expect(runner.sandbox).toMatchObject({ kind: 'none', networkBlocked: false });
  });

  it('runs JavaScript and TypeScript alone under the permission model of Node', async () => {
    await using runner = await createSandboxRunner({ sandbox: 'node-permission' });
    expect(runner.languages).toEqual(['javascript', 'typescript']);
    const major = Number(process.versions.node.split('.')[0]);
    expect(runner.sandbox.networkBlocked).toBe(major >= 25);
    const tests = [{ path: 'a_test.py', content: 'import unittest' }];
    await expect(runner.collect({ language: 'python', files: [], tests })).rejects.toMatchObject({
      code: 'LANGUAGE_UNAVAILABLE',
    });
  });

  it('knows what to do when Ubuntu keeps bubblewrap from user namespaces', () => {
    expect(hint('bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted')).toContain(
      'AppArmor',
    );
    expect(hint('bwrap: setting up uid map: Permission denied')).toContain('AppArmor');
    expect(hint('it ended with 3')).toBe('');
  });

  it('takes another language by a small interface', async () => {
    // Lines of `name = expression`, in the same Node.
    const lines: SandboxLanguage = {
      ...javascript('javascript'),
      async prepare(given) {
        const translate = ({ path, content }: { path: string; content: string }) => ({
          path,
          content: content.replaceAll(
            /^(\w+) = (.*)$/gm,
            "test('$1', () => { expect($2).toBe(true); });",
          ),
        });
        const request = { ...given.request, tests: given.request.tests.map(translate) };
        return javascript('javascript').prepare({ ...given, request });
      },
    };
    await using runner = await createSandboxRunner({ languages: [lines] });
    expect(runner.languages).toEqual(['javascript']);
    const { names, outcome } = await tryTests(runner, 'javascript', {
      tests: { 'a.js': 'sum = 1 + 1 === 2\nproduct = 2 * 2 === 5' },
    });
    expect(names).toEqual(['sum', 'product']);
    expect(outcome).toMatchObject({ passed: 1, failed: 1 });
  });
});

describe('without a sandbox', () => {
  it('the baits of the hostile code can be had: the sandboxes are what keeps them', async () => {
    await using folder = await ownTemporaryFolder();
    await using runner = await createSandboxRunner({ sandbox: 'none' });
    const { layBait } = await import('./bait.ts');
    const { javascriptAttacks } = await import('./javascript-attacks.ts');
    const { runAttack } = await import('./attack.ts');
    await using laid = await layBait(folder.path);
    const reachable = [
      'javascript: opens a connection to the host',
      'javascript: reads a file of the host',
      'javascript: imports a file of the host',
    ];
    for (const name of reachable) {
      const attack = javascriptAttacks(laid.bait).find((candidate) => candidate.name === name);
      if (attack === undefined) throw new Error(`no attack ${name}`);
      const { outcome } = await runAttack(runner, attack);
      expect(outcome, name).toMatchObject({ outcome: 'passed' });
    }
    expect(laid.connections()).toBeGreaterThan(0);
  });
});
