import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { main } from './server-process.ts';

/** Runs the program under a Node that says that it is of another version. */
function runUnder(version: string) {
  const pretends = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
  return spawnSync(
    process.execPath,
    ['--conditions=@org/source', '--import', pretends, main, '--version'],
    { encoding: 'utf8' },
  );
}

describe('Node', () => {
  it.each(['20.20.2', '22.17.1'])('%s is refused in one line, with the exit code 3', (version) => {
    const { status, stdout, stderr } = runUnder(version);
    expect([status, stdout, stderr]).toEqual([
      3,
      '',
      `org-server needs Node 22.18 or newer; this is v${version}.\n`,
    ]);
  });

  it.each(['22.18.0', '26.10.0'])('%s is new enough', (version) => {
    expect(runUnder(version).status).toBe(0);
  });
});
