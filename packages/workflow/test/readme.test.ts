import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

it('the snippet of the README runs and ends with the corrected code', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, snippet = ''] = /```ts\n([\s\S]*?)\n```/.exec(readme) ?? [];
  const file = join(root, 'test', `readme-${process.pid}.ts`);
  writeFileSync(file, snippet);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--conditions=@org/source',
      file,
    ]);
    expect(stdout).toContain('TEST_FAILED');
    expect(stdout).toContain('TASK_COMPLETE');
    expect(stdout).toContain('n * 2');
  } finally {
    rmSync(file);
  }
});
