import { it } from 'vitest';
import { checkHistories } from '../model/histories.ts';

it('is in the same state as a reference model after every step of 5 000 random histories', async () => {
  await checkHistories(5_000);
});
