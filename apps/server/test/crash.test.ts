import { it } from 'vitest';
import { killAndRestart } from './crash.ts';

it('kill -9 in mid-task, twice, and a restart finish the task without repeating a finished step', async () => {
  await killAndRestart([
    { afterEvents: 5, delayMs: 15 },
    { afterEvents: 10, delayMs: 5 },
  ]);
});
