import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { bundle, bundledPath } from '../../src/sandbox/javascript/bundle.ts';

// The machine may be busy with other tests: these limits only end what hangs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const request = (source: string, test = "import './a'; test('a', () => {});") => ({
  sources: [{ path: 'a.js', content: source }],
  tests: [{ path: 'a.spec.js', content: test }],
  support: [],
  stub: false,
});

describe('bundling', () => {
  it('puts tests and sources in modules of their own: no scope is shared', async () => {
    const bundled = await bundle(
      request('export const marker = 1;', "import { marker } from './a'; test('x', () => marker);"),
    );
    if (!bundled.ok) throw new Error(bundled.failure.message);
    const test = bundled.files.find((file) => file.path === bundledPath('a.spec.js'));
    expect(test?.content).toContain('import {');
    expect(test?.content).not.toContain('marker = 1');
  });

  it('says where a file does not parse', async () => {
    expect(await bundle(request('const a = ;'))).toEqual({
      ok: false,
      failure: { kind: 'syntax', message: expect.stringMatching(/^a\.js:1:11: Unexpected ";"/) },
    });
  });

  it('refuses a source that is larger than any model writes', async () => {
    expect(await bundle(request(`// ${'x'.repeat(100_000)}`))).toMatchObject({
      ok: false,
      failure: { message: 'a.js has more than 100000 bytes.' },
    });
  });

  it('goes on when the process of esbuild dies: the builds that it took with it are made again', async () => {
    expect((await bundle(request('export const a = 1;'))).ok).toBe(true);
    const builds = Array.from({ length: 5 }, () => bundle(request('export const a = 1;')));
    const services = await esbuildServices();
    expect(services.length).toBeGreaterThan(0);
    for (const pid of services) process.kill(pid, 'SIGKILL');
    for (const built of await Promise.all(builds)) expect(built.ok).toBe(true);
    expect((await bundle(request('export const a = 2;'))).ok).toBe(true);
  });
});

/** The esbuild processes that this process has started. */
async function esbuildServices(): Promise<readonly number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)) {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      const command = await readFile(`/proc/${pid}/cmdline`, 'latin1');
      if (parent === process.pid && command.includes('esbuild')) found.push(pid);
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}
