import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AnyEvent, isEventsError } from '@org/events';
import { contractEvents } from '@org/events/testing';
import { expect, it } from 'vitest';
import { openLevelLog } from '../../src/level/level-log.ts';
import { createEventStore } from '../../src/store/create-event-store.ts';
import { collect } from '../../src/testing/collect.ts';
import { createRandom, seedOf } from './random.ts';
import { copyClosed, filesBelow, quickFolder } from './store-files.ts';

const flips = 2_000;

/** Short runs, so that a small store has an index of several levels. */
async function open(path: string) {
  const log = await openLevelLog(path, { runLength: 40 });
  return { log, store: createEventStore(contractEvents, log) };
}

/** Everything there is to read, as one thing that can be compared. */
interface Answers {
  readonly [question: string]: unknown;
}

type Opened = Awaited<ReturnType<typeof open>>;

async function ask({ store }: Opened, ids: readonly string[]): Promise<Answers> {
  const questions: Record<string, () => Promise<unknown>> = {
    head: () => store.head(),
    all: () => collect(store.read()),
    backward: () => collect(store.read({ direction: 'backward' })),
    notes: () => collect(store.read({ eventTypes: ['NOTE'] })),
    nobody: () => store.getEvents('nobody'),
    checkpoint: () => store.readCheckpoint('p'),
    unknownId: () => store.getEvent('0190a000-0000-7000-8000-000000000001'),
  };
  for (const task of ['a', 'b', 'c']) {
    questions[`events of ${task}`] = () => store.getEvents(task);
    questions[`head of ${task}`] = () => store.taskHead(task);
  }
  for (const id of ids) questions[`event ${id}`] = () => store.getEvent(id);
  const answers: Record<string, unknown> = {};
  for (const [question, answer] of Object.entries(questions)) {
    answers[question] = await answer().catch((error: unknown) => {
      if (isEventsError(error)) return error;
      throw error;
    });
  }
  return answers;
}

async function fill(path: string): Promise<string[]> {
  const ids: string[] = [];
  // Each reopening makes LevelDB write what its log holds into a table.
  for (let round = 0; round < 4; round++) {
    const { store, log } = await open(path);
    for (let n = 0; n < 30; n++) {
      const { events } = await store.append(['a', 'b', 'c'][n % 3] ?? 'a', [
        { eventType: 'NOTE', data: { n, text: 'x'.repeat(n * 3) } },
        { eventType: 'ORDER_PLACED', data: { item: `item ${n}` } },
      ]);
      if (n % 6 === 0) ids.push(events[0]?.eventId ?? '');
    }
    await store.writeCheckpoint({ name: 'p', sequence: 10, state: { round: 0 } });
    await store.close();
    await log.close();
  }
  return ids;
}

it(`of ${flips} flipped bits over all files none is silent`, async () => {
  const seed = seedOf(1);
  const random = createRandom(seed);
  const original = join(quickFolder(), 'original');
  const copy = join(quickFolder(), 'copy');
  const ids = await fill(original);
  copyClosed(original, copy);
  const before = await open(copy);
  const truth = await ask(before, ids);
  expect((truth['all'] as AnyEvent[]).length).toBe(240);
  expect(before.log.opened.witness).toBe('present');
  await before.store.close();

  const files = filesBelow(original).filter((name) => !/LOCK|owner/.test(name));
  const counts = { refused: 0, told: 0, healed: 0 };
  const silent: string[] = [];
  for (let i = 0; i < flips; i++) {
    const file = files[i % files.length] ?? '';
    copyClosed(original, copy);
    const bytes = readFileSync(join(copy, file));
    const at = random.below(bytes.length);
    const bit = random.below(8);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    writeFileSync(join(copy, file), bytes);
    const where = `${file} byte ${at} bit ${bit}`;

    let opened: Opened;
    try {
      opened = await open(copy);
    } catch {
      counts.refused += 1;
      continue;
    }
    const answers = await ask(opened, ids);
    const report = await opened.log.verify();
    await opened.store.close();
    const errors = Object.values(answers).filter((answer) => answer instanceof Error);
    const wrong = Object.keys(truth).filter(
      (question) =>
        !(answers[question] instanceof Error) &&
        JSON.stringify(answers[question]) !== JSON.stringify(truth[question]),
    );
    if (wrong.length > 0) silent.push(`${where}: wrong ${wrong.join(', ')}; verify ${report.ok}`);
    else if (errors.length > 0 && report.ok)
      silent.push(`${where}: ${String(errors[0])}, but verify passes`);
    else if (errors.length > 0 || !report.ok) counts.told += 1;
    else counts.healed += 1;
  }

  process.stdout.write(
    `bit flips, seed ${seed}: ${flips} over ${files.length} files (${files.join(', ')}): ${counts.refused} refused on open, ${counts.told} told by reads or verify, ${counts.healed} without effect (all reads right, verify right), ${silent.length} silent\n`,
  );
  expect(silent).toEqual([]);
});
