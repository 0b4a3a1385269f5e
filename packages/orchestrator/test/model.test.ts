import { it } from 'vitest';
import { checkHistories } from './model/histories.ts';

// Many more: test/faults/model.test.ts.
it('is in the same state as a reference model after every step of 300 random histories', {
  timeout: 60_000,
}, async () => {
  await checkHistories(300);
});
