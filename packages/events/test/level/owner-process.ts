/** Opens the store of `argv[2]`, appends one event, tells by message (or prints its pid), and stays. */
import { codingEvents, isEventsError } from '@org/events';
import { openLevelEventStore } from '@org/events/level';

const path = process.argv[2] ?? '';
try {
  const store = await openLevelEventStore({ path, catalog: codingEvents });
  store.setAddress('http://127.0.0.1:9876');
  await store.append('a', { eventType: 'TASK_STARTED', data: { language: 'python' } });
  if (process.send) process.send('open');
  else process.stdout.write(`${process.pid}\n`);
  setInterval(() => undefined, 1_000);
} catch (error) {
  process.send?.(isEventsError(error) ? error.code : String(error));
}
