import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { fault } from '../src/fault.ts';

const errorOf = (failing: Promise<unknown>) =>
  failing.then(
    () => undefined,
    (error: unknown) => error,
  );

it('what the operating system refuses is told in words, from however deep it comes', async () => {
  const cause = await errorOf(open(tmpdir(), 'r+'));
  const error = Object.assign(new Error('No memory', { cause }), { code: 'CACHE_UNAVAILABLE' });
  expect(fault(error)).toEqual({
    message: expect.stringMatching(/is a folder, where a file is needed\. What helps: /),
    exitCode: 3,
  });
});

it('a program that is missing is told as such, not as a fault of the data folder', async () => {
  const error = await errorOf(promisify(execFile)('no-such-program'));
  expect(fault(error)).toEqual({ message: 'spawn no-such-program ENOENT', exitCode: 3 });
});
