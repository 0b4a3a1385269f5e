import { execFile } from 'node:child_process';
import { chmod, copyFile, link, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ownTemporaryFolder } from '../sandbox/attack.ts';
import { layBait } from '../sandbox/bait.ts';
import { describeHostileCode } from '../sandbox/describe-hostile-code.ts';
import type { OrdinaryUserReport } from '../sandbox/ordinary-user.ts';

const root = process.getuid?.() === 0;
const nobody = 65_534;

// As the user of the tests, root or not.
describeHostileCode('bubblewrap');
describeHostileCode('node-permission');

describe.each(['bubblewrap', 'node-permission'] as const)(
  'hostile code in %s, ordinary user',
  (sandbox) => {
    it.skipIf(!root)(
      'fails every attack and leaves nothing, when the server is not root (skipped: the tests are not run by root, the cases above are those of an ordinary user)',
      async () => {
        await using folder = await ownTemporaryFolder();
        await chmod(folder.path, 0o777);
        await using laid = await layBait(folder.path);
        // The Node of npx lies in root's home.
        const node = join(folder.path, 'node');
        await link(process.execPath, node).catch(() => copyFile(process.execPath, node));
        await chmod(node, 0o755);
        const script = fileURLToPath(new URL('../sandbox/ordinary-user.ts', import.meta.url));
        const { stdout } = await promisify(execFile)(
          node,
          ['--conditions=@org/source', script, sandbox, JSON.stringify(laid.bait)],
          {
            uid: nobody,
            gid: nobody,
            cwd: folder.path,
            env: {
              TMPDIR: folder.path,
              SANDBOX_TEST_SECRET: 'SANDBOX_TEST_SECRET',
              PATH: process.env.PATH,
            },
            maxBuffer: 64 * 1024 * 1024,
          },
        );
        // Our own script wrote it.
        const reports = stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as OrdinaryUserReport);
        expect(reports.length).toBeGreaterThan(35);
        for (const { name, uid, kinds, result } of reports) {
          expect(uid).toBe(nobody);
          expect(result.outcome, name).toMatchObject({ outcome: 'failed' });
          if (kinds !== null && result.outcome.outcome === 'failed') {
            expect(kinds, `${name}: ${result.outcome.failure.message}`).toContain(
              result.outcome.failure.kind,
            );
          }
          expect(result.survivors, name).toEqual([]);
        }
        expect(laid.connections()).toBe(0);
        expect((await readdir(folder.path)).sort()).toEqual(['node', 'secret.mjs']);
      },
    );
  },
);
