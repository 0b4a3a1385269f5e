import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const logger = new URL('../src/logger.ts', import.meta.url).href;
const program = `
  import { createLogger } from ${JSON.stringify(logger)};
  const log = createLogger({ level: 'info', destination: 'stdout' });
  log.info({ prompt: 'words', tokens: { prompt: 17 }, task: { prompt: 'words' }, token: 'words' }, 'a call');
`;

it('the log hides what was said and the token of access, not how many tokens it took', () => {
  const line = execFileSync(
    process.execPath,
    ['--conditions=@org/source', '--input-type=module', '-e', program],
    { encoding: 'utf8', cwd: fileURLToPath(new URL('..', import.meta.url)) },
  );
  expect(line).not.toContain('words');
  expect(JSON.parse(line)).toMatchObject({ tokens: { prompt: 17 }, prompt: '(hidden)' });
});
