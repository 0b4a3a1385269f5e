import { codingEvents } from '@org/events';
import { openLevelEventStore } from '@org/events/level';
import { createEventFeed, createTaskIndex, createTaskStates } from '../../src/index.ts';
import { storeTask } from './task-events.ts';

/** A process whose files may not grow for ever: it writes until the store refuses, then lists the tasks. */
const [path = ''] = process.argv.slice(2);
const tasks = 12;

const store = await openLevelEventStore({ path, catalog: codingEvents });
const [feed, states] = [createEventFeed({ store }), createTaskStates({ store })];
const index = createTaskIndex({ store, states, feed, perPage: 2 });
for (let n = 0; n < tasks; n += 1) await storeTask(store, `t${n}`);
const refusal = await fill();
const { items } = await index.list();
const again = await index.list({ status: ['running'], limit: tasks });
const told = {
  refusal,
  health: store.health().status,
  listed: items.map(({ taskId, version }) => [taskId, version]),
  listedAgain: again.items.length,
};
process.stdout.write(`${JSON.stringify(told)}\n`);
process.exit(0);

/** Gives the code of the refusal. */
async function fill(): Promise<unknown> {
  const text = 'x'.repeat(20_000);
  const data = { kind: 'guidance', text, questionId: null, plan: null } as const;
  for (;;) {
    try {
      await store.append('t0', { eventType: 'USER_INTERVENTION', data });
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error;
    }
  }
}
