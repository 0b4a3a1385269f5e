import { createHash } from 'node:crypto';
import { isEventsError } from '@org/events';
import { contractEvents } from '@org/events/testing';
import { openLevelLog } from '../../src/level/level-log.ts';
import { createEventStore } from '../../src/store/create-event-store.ts';
import { collect } from '../../src/testing/collect.ts';

/** What one flipped bit led to. */
export type FlipOutcome =
  | { readonly kind: 'refused'; readonly where: string }
  | {
      readonly kind: 'opened';
      readonly where: string;
      readonly answers: Answers;
      readonly verified: boolean;
    };

/** To each question a hash of the answer, or `error` and its message. */
export type Answers = Readonly<Record<string, string>>;

/** Short runs and windows, so that a small store has an index of several levels and several windows. */
export async function openForFlips(path: string) {
  const log = await openLevelLog(path, {
    runLength: 40,
    unsealedTail: 20,
    windowLength: 40,
    sealEveryMs: Number.POSITIVE_INFINITY,
  });
  return { log, store: createEventStore(contractEvents, log) };
}

type Store = Awaited<ReturnType<typeof openForFlips>>['store'];

export const tasks = ['a', 'b', 'c'] as const;

/** How many of the events of `fillForFlips` are in sealed windows. */
export const sealedEvents = 200;

/** The id that `filledForFlips` gave the n-th event. */
export function idOf(n: number): string {
  return `0190a000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** Asks everything there is to ask. */
export async function ask(store: Store): Promise<Answers> {
  const questions: Record<string, () => Promise<unknown>> = {
    head: () => store.head(),
    all: () => collect(store.read()),
    backward: () => collect(store.read({ direction: 'backward' })),
    notes: () => collect(store.read({ eventTypes: ['NOTE'] })),
    outlines: async () => (await collect(store.readOutlines())).flat(),
    'a few': () => collect(store.read({ afterSequence: 78, limit: 5 })),
    'events of nobody': () => store.getEvents('nobody'),
    'unknown id': () => store.getEvent(idOf(999_999)),
    checkpoint: () => store.readCheckpoint('p'),
  };
  for (const task of tasks) {
    questions[`events of ${task}`] = () => store.getEvents(task);
    questions[`head of ${task}`] = () => store.taskHead(task);
  }
  for (let n = 1; n <= 240; n += 12) questions[`event ${n}`] = () => store.getEvent(idOf(n));

  const answers: Record<string, string> = {};
  for (const [question, answer] of Object.entries(questions)) {
    try {
      const text = JSON.stringify(await answer()) ?? 'undefined';
      answers[question] = createHash('sha256').update(text).digest('hex');
    } catch (error) {
      if (!isEventsError(error)) throw error;
      answers[question] = `error ${error.message}`;
    }
  }
  return answers;
}

/** Fills a store; each reopening makes LevelDB write what its log holds into a table. */
export async function fillForFlips(path: string): Promise<void> {
  for (let round = 0; round < 4; round++) {
    const { store, log } = await openForFlips(path);
    for (let n = 0; n < 30; n++) {
      const first = round * 60 + n * 2 + 1;
      await store.append(tasks[n % 3] ?? 'a', [
        { eventType: 'NOTE', data: { n, text: 'x'.repeat(n * 3) }, eventId: idOf(first) },
        { eventType: 'ORDER_PLACED', data: { item: `item ${n}` }, eventId: idOf(first + 1) },
      ]);
    }
    if (round >= 2) await log.seal();
    if (round === 0) await store.writeCheckpoint({ name: 'p', sequence: 10, state: { round } });
    await store.close();
  }
}
