import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const logger = new URL('../src/logger.ts', import.meta.url).href;

/** The line that a program logs; `log` is its logger. */
function logged(statement: string): string {
  const program = `
    import { createLogger } from ${JSON.stringify(logger)};
    const log = createLogger({ level: 'info', destination: 'stdout' });
    ${statement}
  `;
  return execFileSync(
    process.execPath,
    ['--conditions=@org/source', '--input-type=module', '-e', program],
    { encoding: 'utf8', cwd: fileURLToPath(new URL('..', import.meta.url)) },
  );
}

it('the log hides what was said and the token of access, not how many tokens it took', () => {
  const line = logged(
    `log.info({ prompt: 'words', tokens: { prompt: 17 }, task: { prompt: 'words' }, token: 'words' }, 'a call');`,
  );
  expect(line).not.toContain('words');
  expect(JSON.parse(line)).toMatchObject({ tokens: { prompt: 17 }, prompt: '(hidden)' });
});

it('the log holds nothing that a terminal obeys, and says the same', () => {
  const taskId = 'a\u001b[2J\u009b31m\u007f\u202ename\u2066\r\n\u2028é';
  const line = logged(`log.info({ taskId: ${JSON.stringify(taskId)} }, 'task resumed');`);
  expect(line).toMatch(/^[ -~é]+\n$/);
  expect(JSON.parse(line)).toMatchObject({ taskId });
});
